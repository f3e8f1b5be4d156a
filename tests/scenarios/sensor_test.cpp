#include <gtest/gtest.h>

#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

TEST(SensorScenario, SeesTwentyReadingsWithTheSeedsAverage) {
  const auto passes = [](const RunSpec& spec) {
    const Trial trial = run_one(spec);
    EXPECT_EQ(trial.state, State::passed) << spec.key() << ": " << trial.reason;
    if (trial.state != State::passed) return;
    EXPECT_EQ(trial.counts.at("readings") % 20, 0);
    EXPECT_NEAR(static_cast<double>(trial.counts.at("average_millionths")) / 1e6, 24.845, 2e-6);
    EXPECT_EQ(trial.histograms.at("delivery").count(),
              static_cast<std::uint64_t>(trial.counts.at("readings")));
  };
  for (const char* notifier : {"eventfd", "futex", "pipe"}) {
    passes(over_notifier("sensor", notifier));
  }
  passes(over_notifier("sensor", "futex", {{"receivers", 8}}));
  for (const char* backend : {"pipe", "tcp", "mmap_file"}) passes(over_backend("sensor", backend));
  passes(over_backend("sensor", "shm_mutex", {{"receivers", 8}}));
  passes(over_backend("sensor", "broadcast_ring", {{"receivers", 8}}));
}

TEST(SensorScenario, TakesManyReadingsFromTheFile) {
  const Trial trial =
      run_one(over_notifier("sensor", "eventfd", {{"receivers", 4}, {"count", 20'000}}));
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.counts.at("readings"), 80'000);
}

TEST(SensorScenario, CatchesEveryFault) {
  for (const RunSpec& spec : {over_notifier("sensor", "futex", {{"receivers", 2}}),
                              over_backend("sensor", "pipe", {{"receivers", 2}})}) {
    expect_caught(spec, "lost", "1 readings were lost");
    expect_caught(spec, "duplicated", "came again or after a later one");
    expect_caught(spec, "backwards", "came again or after a later one");
    expect_caught(spec, "torn", "1 readings were torn");
    expect_caught(spec, "early_end", "readings before the end marker, not 20");
  }
  for (const char* fault : {"drop:2", "drop:21", "duplicate:2", "swap:2", "flip:2", "truncate:2"}) {
    expect_caught(over_backend("sensor", "pipe"), fault);
  }
}

}  // namespace
}  // namespace ipcmark::toy
