// The scenarios of `ipcmark list`: one declaration and one line each.
#include "scenarios/scenario.hpp"

namespace ipcmark {

ScenarioEntry latency_scenario();
ScenarioEntry throughput_scenario();
ScenarioEntry load_scenario();
ScenarioEntry duplex_scenario();
ScenarioEntry connect_scenario();
ScenarioEntry counter_scenario();
ScenarioEntry large_payload_scenario();
ScenarioEntry sentinel_stream_scenario();
ScenarioEntry pipeline_scenario();
ScenarioEntry fan_in_scenario();
ScenarioEntry fan_out_scenario();
ScenarioEntry chat_scenario();
ScenarioEntry task_queue_scenario();
ScenarioEntry crawl_scenario();
ScenarioEntry broker_scenario();
ScenarioEntry request_reply_scenario();
ScenarioEntry race_scenario();
ScenarioEntry barrier_scenario();
ScenarioEntry semaphore_scenario();
ScenarioEntry condvar_scenario();
ScenarioEntry event_scenario();
ScenarioEntry notify_scenario();
ScenarioEntry scoreboard_scenario();
ScenarioEntry sensor_scenario();
ScenarioEntry monitor_scenario();

std::vector<ScenarioEntry> built_in_scenarios() {
  // One row a line, so that a scenario is deleted with its lines.
  // clang-format off
  return {
      latency_scenario(),
      throughput_scenario(),
      load_scenario(),
      duplex_scenario(),
      connect_scenario(),
      counter_scenario(),
      large_payload_scenario(),
      sentinel_stream_scenario(),
      pipeline_scenario(),
      fan_in_scenario(),
      fan_out_scenario(),
      chat_scenario(),
      task_queue_scenario(),
      crawl_scenario(),
      broker_scenario(),
      request_reply_scenario(),
      race_scenario(),
      barrier_scenario(),
      semaphore_scenario(),
      condvar_scenario(),
      event_scenario(),
      notify_scenario(),
      scoreboard_scenario(),
      sensor_scenario(),
      monitor_scenario(),
  };
  // clang-format on
}

}  // namespace ipcmark
