// Every message scenario over every mechanism, with messages larger than the mechanism holds:
// whoever sends has to finish a message that did not fit at once.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/launch/toy_scenarios.hpp"
#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

// The least that cannot lie in it as a whole.
std::uint64_t more_than_held_by(const std::string& backend) {
  if (backend == "sysv_mq") return 40'000;                // kernel.msgmnb is 16 KiB
  if (backend == "tcp") return std::uint64_t{12} << 20U;  // its buffers grow to some MiB
  return std::uint64_t{3} << 19U;                         // a pipe may have 1 MiB
}

// As few messages as make a trial.
const Options few{{"processes", 2}, {"increments", 2}, {"senders", 2},
                  {"receivers", 2}, {"clients", 2},    {"stages", 3},
                  {"topics", 2},    {"kills", 1},      {"stale_ns", 60'000'000'000},
                  {"both_ways", 1}, {"chunk", 1 << 30}};

std::int64_t count_for(const std::string& scenario) {
  if (scenario == "crawl") return 40;
  return scenario == "task_queue" ? 4 : 2;
}

// Those that the scenario has: another is refused.
Options known_of(const ScenarioEntry& scenario) {
  Options all = few;
  all["count"] = count_for(scenario.name);
  Options known;
  for (const OptionRow& row : scenario.options) {
    if (const auto found = all.find(row.name); found != all.end()) known.insert(*found);
  }
  return known;
}

class LargerMessages : public testing::TestWithParam<std::string> {};

TEST_P(LargerMessages, ArriveWholeOverEveryMechanism) {
  const Program all = program();
  unsigned passed = 0;
  for (const BackendEntry& backend : all.registry.backends) {
    const std::string name = backend.name;
    if (*backend.compiled_out != '\0' || name == "null" || name == "stuck_pipe" ||
        name == "deaf_stream") {
      continue;
    }
    RunSpec spec = over_backend(GetParam(), backend.name, known_of(*all.scenario(GetParam())));
    spec.size = more_than_held_by(backend.name);
    if (all.scenario(GetParam())->timed) spec.messages = 3;
    // Who is killed copying so much has Boost's mutex, and leaves it locked (boost_mq.cpp).
    if (name == "boost_mq" && spec.options.contains("kills")) spec.options["kills"] = 0;
    const Trial trial = run_one(spec);
    EXPECT_TRUE(trial.state == State::passed || trial.state == State::skipped)
        << spec.key() << ": " << to_string(trial.state) << ", " << trial.reason;
    passed += trial.state == State::passed ? 1U : 0U;
  }
  EXPECT_GE(passed, 8U) << "skipped";
}

std::vector<std::string> over_backends() {
  std::vector<std::string> names;
  for (const ScenarioEntry& entry : built_in_scenarios()) {
    if (entry.uses_backend) names.emplace_back(entry.name);
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(, LargerMessages, testing::ValuesIn(over_backends()),
                         [](const auto& named) { return named.param; });

}  // namespace
}  // namespace ipcmark::toy
