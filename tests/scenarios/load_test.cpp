// What the figures of a load at a given rate must show whatever the machine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

constexpr std::uint64_t ms = 1'000'000;

RunSpec load_of(std::int64_t rate, const char* backend = "pipe") {
  RunSpec spec = spec_of("load", backend);
  spec.duration_ns = 400 * ms;
  spec.warmup_ns = 10 * ms;
  spec.options["rate"] = rate;
  return spec;
}

TEST(Load, AStallIsSeenByEveryMessageItDelays) {
  const Trial trial = run_one(load_of(2000), "stall");
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  // 100 ms at 2000 a second: 200 messages become due meanwhile, the first waits longest.
  EXPECT_GE(samples_above(trial.histograms.at("response"), 20 * ms), 0.8 * 0.8 * 200);
}

TEST(Load, OffersWhatWasAskedForAndLosesNothing) {
  for (const std::int64_t poisson : {0, 1}) {
    RunSpec spec = load_of(3000, "posix_mq");
    spec.options["schedule"] = poisson;
    const Trial trial = run_one(spec);
    ASSERT_EQ(trial.state, State::passed) << trial.reason;
    const auto messages = static_cast<double>(trial.counts.at("messages"));
    // 400 ms of it; a Poisson count has a standard deviation of 35.
    EXPECT_NEAR(messages, 1200, poisson == 0 ? 60 : 200);
    EXPECT_EQ(trial.counts.at("messages_total"), trial.counts.at("offered"));
    EXPECT_EQ(trial.counts.at("negative_samples"), 0);
  }
}

TEST(Load, EveryMessageCountsWithoutAWarmUpHoweverLateTheReceiverIs) {
  RunSpec spec = load_of(500'000'000);
  spec.messages = 20'000;
  spec.warmup_ns = 0;
  for (int i = 0; i < 3; ++i) {
    const Trial trial = run_one(spec);
    ASSERT_EQ(trial.state, State::passed) << trial.reason;
    EXPECT_EQ(trial.counts.at("messages"), 20'000);
    EXPECT_GT(trial.metric("achieved_rate")->value, 0);
  }
}

TEST(Load, ARateBeyondTheMechanismIsSaturatedAndPublishesNoTimes) {
  RunSpec spec = load_of(500'000'000);
  spec.messages = 20'000;
  spec.warmup_ns = 0;  // at that rate each millisecond of it is half a million messages
  const Trial trial = run_one(spec);
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.counts.at("saturated"), 1);
  EXPECT_TRUE(trial.histograms.empty());
  EXPECT_THAT(trial.reason, testing::HasSubstr("saturated"));
}

}  // namespace
}  // namespace ipcmark::toy
