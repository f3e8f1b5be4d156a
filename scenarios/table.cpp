// The scenarios of `ipcmark list`: one declaration and one line each.
#include "scenarios/scenario.hpp"

namespace ipcmark {

ScenarioEntry latency_scenario();
ScenarioEntry throughput_scenario();
ScenarioEntry load_scenario();
ScenarioEntry counter_scenario();
ScenarioEntry large_payload_scenario();

std::vector<ScenarioEntry> built_in_scenarios() {
  // One row a line, so that a scenario is deleted with its lines.
  // clang-format off
  return {
      latency_scenario(),
      throughput_scenario(),
      load_scenario(),
      counter_scenario(),
      large_payload_scenario(),
  };
  // clang-format on
}

}  // namespace ipcmark
