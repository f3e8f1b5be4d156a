// Every scenario is able to fail: each fault that its row declares is caught, and of one that
// declares none (or whose own are no failures, as of timed ones) a damaged message. Every one
// measures, and its page says what. And every one that has --think-time pauses as long as asked
// for, and whoever pauses is not taken for one that hangs.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "backends/deadline.hpp"
#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

// Where a fault shows in one mode only.
Options options_for(const std::string& scenario, const std::string& fault) {
  if (scenario == "fan_out" && fault == "deal_twice") return {{"mode", 1}};
  if (scenario == "monitor" && fault == "stale") return {{"stale_ns", 20'000'000}};
  return {};
}

// Over a backend where that shows it, else over a notifier or a lock.
RunSpec cell_for(const ScenarioEntry& entry, const std::string& fault) {
  RunSpec spec = spec_of(entry.name, entry.uses_backend ? "pipe" : "");
  if (fault == "unlocked") {
    spec.backend.clear();
    spec.lock = "futex";
  } else if (!entry.uses_backend) {
    (entry.uses_notifier ? spec.notifier : spec.lock) = entry.uses_notifier ? "eventfd" : "futex";
  }
  return spec;
}

std::vector<std::string> faults_of(const ScenarioEntry& entry) {
  if (std::string(entry.name) == "large_payload") return {"flip:1"};  // its one message
  if (entry.timed || entry.faults.empty()) return {"flip:2"};
  std::vector<std::string> faults;
  for (const FaultRow& row : entry.faults) faults.emplace_back(row.name);
  return faults;
}

TEST(EveryScenario, CatchesEachFaultItDeclares) {
  for (const ScenarioEntry& entry : built_in_scenarios()) {
    for (const std::string& fault : faults_of(entry)) {
      RunSpec spec = cell_for(entry, fault);
      spec.size = entry.default_size;
      spec.verify = Verify::full;
      spec.messages = entry.timed ? 200 : 0;
      spec.options = options_for(entry.name, fault);
      const std::uint64_t began = now_ns();
      const Trial trial = run_one(spec, fault);
      RecordProperty(std::string(entry.name) + "_" + fault, std::to_string(now_ns() - began));
      EXPECT_TRUE(trial.state == State::failed || trial.state == State::deadlock ||
                  trial.state == State::timeout)
          << entry.name << " with " << fault << ": " << to_string(trial.state) << ", "
          << trial.reason;
    }
  }
}

// Whether its entry declares it; what the launcher adds to every trial it does not.
bool is_own(const ScenarioEntry& entry, const std::string& figure) {
  return std::any_of(entry.figures.begin(), entry.figures.end(),
                     [&figure](const FigureEntry& each) { return figure == each.name; });
}

TEST(EveryScenario, MeasuresAndSaysWhat) {
  for (const ScenarioEntry& entry : built_in_scenarios()) {
    if (entry.timed) continue;
    RunSpec spec = cell_for(entry, "");
    spec.size = entry.default_size;
    const Trial trial = run_one(spec);
    ASSERT_EQ(trial.state, State::passed) << entry.name << ": " << trial.reason;
    EXPECT_TRUE(trial.metric("rate") != nullptr || trial.metric("bytes_rate") != nullptr)
        << entry.name;
    for (const Metric& metric : trial.metrics) {
      if (!is_own(entry, metric.name)) continue;
      EXPECT_GT(metric.value, 0) << entry.name << ": " << metric.name;
    }
    for (const auto& [name, times] : trial.histograms) {
      EXPECT_TRUE(is_own(entry, name)) << entry.name << ": " << name;
      EXPECT_GT(times.count(), 0U) << entry.name << ": " << name;
    }
  }
}

// A round trip is asked for as one, and is two messages.
TEST(EveryScenario, MeasuresExactlyAsManyMessagesAsWereAskedFor) {
  unsigned honoured = 0;
  for (const ScenarioEntry& entry : built_in_scenarios()) {
    if (!entry.timed) continue;
    ++honoured;
    for (const auto& [backend, wait] :
         {std::pair{"pipe", Wait::block}, {"shm_ring", Wait::spin}, {"null", Wait::block}}) {
      const bool both_ends =
          std::string_view(entry.name) == "latency" || std::string_view(entry.name) == "throughput";
      if (!both_ends && std::string_view(backend) == "null") continue;
      for (const std::uint64_t messages : {1U, 2U, 7U, 500U, 1001U}) {
        RunSpec spec = spec_of(entry.name, backend);
        spec.wait = wait;
        spec.messages = messages;
        const Trial trial = run_one(spec);
        ASSERT_EQ(trial.state, State::passed) << entry.name << ": " << trial.reason;
        const bool both_ways = entry.awaits_answers || std::string_view(entry.name) == "duplex";
        const std::int64_t each = both_ways ? 2 : 1;
        EXPECT_EQ(trial.counts.at("messages"), each * static_cast<std::int64_t>(messages))
            << entry.name << " over " << backend;
      }
    }
  }
  EXPECT_EQ(honoured, 5U);
}

// Few steps, so that the pauses are few.
RunSpec thinking(const ScenarioEntry& entry, std::int64_t think_ns, std::int64_t steps) {
  RunSpec spec = spec_of(entry.name, entry.uses_backend ? "pipe" : "");
  if (!entry.uses_backend) spec.lock = "futex";
  const Options preferred = {{"think_time_ns", think_ns},
                             {"count", steps},
                             {"increments", steps},
                             {"processes", 2},
                             {"kills", 0}};
  for (const OptionRow& row : entry.options) {
    const auto found = preferred.find(row.name);
    if (found != preferred.end()) spec.options.insert(*found);
  }
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
    const Trial trial = run_one(thinking(entry, pause_ns, 2));
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
    expect_whole(thinking(entry, pause_ns, 1));
  }
  expect_whole(over_lock("counter", "futex",
                         {{"think_time_ns", pause_ns}, {"increments", 1}, {"processes", 2}}));
}

}  // namespace
}  // namespace ipcmark::toy
