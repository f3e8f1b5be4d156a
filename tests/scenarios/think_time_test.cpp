// --think-time: every scenario that has it pauses as long as asked for, and whoever pauses is not
// taken for one that hangs.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "tests/launch/trials.hpp"

namespace ipcmark::toy {
namespace {

// Few steps, so that the pauses are few.
RunSpec thinking(const ScenarioEntry& entry, std::int64_t think_ns, std::int64_t steps) {
  RunSpec spec = spec_of(entry.name, entry.uses_backend ? "pipe" : "");
  if (!entry.uses_backend) spec.lock = "futex";
  spec.options = {{"think_time_ns", think_ns},
                  {"count", steps},
                  {"increments", steps},
                  {"processes", 2},
                  {"kills", 0}};
  return spec;
}

bool can_think(const ScenarioEntry& entry) {
  return std::any_of(entry.options.begin(), entry.options.end(), [](const OptionRow& row) {
    return std::string_view{row.name} == "think_time_ns";
  });
}

TEST(ThinkTime, IsPausedInEveryScenarioThatHasIt) {
  constexpr std::int64_t pause_ns = 40'000'000;
  unsigned able = 0;
  for (const ScenarioEntry& entry : built_in_scenarios()) {
    if (!can_think(entry)) continue;
    ++able;
    const std::uint64_t began = now_ns();
    const Trial trial = run(thinking(entry, pause_ns, 2));
    EXPECT_EQ(trial.state, State::passed) << entry.name << ": " << trial.reason;
    EXPECT_GE(now_ns() - began, static_cast<std::uint64_t>(pause_ns)) << entry.name;
  }
  EXPECT_EQ(able, 10U);
}

// Longer than the watchdog takes to see a deadlock, while the others wait.
TEST(ThinkTime, IsNoDeadlock) {
  constexpr std::int64_t pause_ns = 1'800'000'000;
  for (const ScenarioEntry& entry : built_in_scenarios()) {
    const std::string name = entry.name;
    if (name != "counter" && name != "pipeline" && name != "crawl") continue;
    const Trial trial = run(thinking(entry, pause_ns, 1));
    EXPECT_EQ(trial.state, State::passed) << name << ": " << trial.reason;
  }
  RunSpec counter = spec_of("counter", "");
  counter.lock = "futex";
  counter.options = {{"think_time_ns", pause_ns}, {"increments", 1}, {"processes", 2}};
  const Trial trial = run(counter);
  EXPECT_EQ(trial.state, State::passed) << trial.reason;
}

}  // namespace
}  // namespace ipcmark::toy
