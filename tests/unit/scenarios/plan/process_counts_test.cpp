// One range of process counts: what help says is what every scenario can do.
#include <gtest/gtest.h>

#include <set>
#include <string_view>

#include "scenarios/launch/admission.hpp"
#include "scenarios/scenario.hpp"

namespace ipcmark {
namespace {

const std::set<std::string_view> of_processes{"processes", "senders", "receivers", "clients",
                                              "stages",    "kills",   "vanish"};

TEST(ProcessCounts, EndAtTheSameNumberInEveryScenario) {
  for (const ScenarioEntry& scenario : built_in_scenarios()) {
    for (const OptionRow& row : scenario.options) {
      if (!of_processes.contains(row.name)) continue;
      EXPECT_EQ(row.rule.max, max_processes) << scenario.name << " " << row.name;
      EXPECT_LE(row.rule.min, 2) << scenario.name << " " << row.name;
    }
  }
}

// Over every mechanism that can do it at all.
TEST(ProcessCounts, TheLargestIsAdmittedWhereTheDefaultIs) {
  const Program program{built_in_registry(), built_in_scenarios()};
  const auto refusal = [&program](RunSpec spec) {
    resolve_options(program, spec);
    const auto admitted = admit(program, spec);
    return admitted ? std::string{} : admitted.error().reason;
  };
  unsigned cells = 0;
  for (const ScenarioEntry& scenario : program.scenarios) {
    std::vector<RunSpec> over;
    const auto add = [&](auto RunSpec::*member, const auto& names) {
      for (const auto& entry : names) {
        RunSpec& spec = over.emplace_back();
        spec.scenario = scenario.name;
        spec.size = 64;
        spec.*member = entry.name;
      }
    };
    if (scenario.uses_backend) add(&RunSpec::backend, program.registry.backends);
    if (scenario.uses_lock) add(&RunSpec::lock, program.registry.locks);
    if (scenario.uses_notifier) add(&RunSpec::notifier, program.registry.notifiers);
    for (const RunSpec& spec : over) {
      if (!refusal(spec).empty()) continue;
      for (const OptionRow& row : scenario.options) {
        if (!of_processes.contains(row.name) || std::string_view(row.name) == "vanish") continue;
        RunSpec largest = spec;
        largest.options[row.name] = max_processes;
        EXPECT_EQ(refusal(largest), "") << spec.scenario << " " << spec.backend << spec.lock
                                        << spec.notifier << " " << row.name;
        ++cells;
      }
    }
  }
  EXPECT_GT(cells, 100U);
}

}  // namespace
}  // namespace ipcmark
