// Load at a given rate, and single ways: what their figures must show whatever the machine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backends/deadline.hpp"
#include "tests/launch/trials.hpp"

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

std::uint64_t above(const Histogram& histogram, std::uint64_t limit) {
  std::uint64_t many = 0;
  for (std::uint64_t i = 0; i < histogram.count(); ++i) {
    const double q = (static_cast<double>(i) + 0.5) / static_cast<double>(histogram.count());
    many += histogram.quantile(q) > limit ? 1U : 0U;
  }
  return many;
}

TEST(Load, AStallIsSeenByEveryMessageItDelays) {
  RunSpec spec = load_of(2000);
  spec.fault = "stall";
  const Trial trial = run(spec);
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  // 100 ms at 2000 a second: 200 messages become due meanwhile, the first waits longest.
  EXPECT_GE(above(trial.histograms.at("response"), 20 * ms), 0.8 * 0.8 * 200);
}

TEST(Load, OffersWhatWasAskedForAndLosesNothing) {
  for (const std::int64_t poisson : {0, 1}) {
    RunSpec spec = load_of(3000, "posix_mq");
    spec.options["schedule"] = poisson;
    const Trial trial = run(spec);
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
    const Trial trial = run(spec);
    ASSERT_EQ(trial.state, State::passed) << trial.reason;
    EXPECT_EQ(trial.counts.at("messages"), 20'000);
    EXPECT_GT(trial.metric("achieved_rate")->value, 0);
  }
}

TEST(Load, ARateBeyondTheMechanismIsSaturatedAndPublishesNoTimes) {
  RunSpec spec = load_of(500'000'000);
  spec.messages = 20'000;
  spec.warmup_ns = 0;  // at that rate each millisecond of it is half a million messages
  const Trial trial = run(spec);
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.counts.at("saturated"), 1);
  EXPECT_TRUE(trial.histograms.empty());
  EXPECT_THAT(trial.reason, testing::HasSubstr("saturated"));
}

TEST(OneWay, ThereAndBackMakeTheRoundTrip) {
  RunSpec spec = spec_of("latency", "unix_stream");
  spec.options["one_way"] = 1;
  spec.messages = 2000;
  const Trial trial = run(spec);
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.histograms.at("one_way_there").count(), 2000U);
  EXPECT_EQ(trial.histograms.at("one_way_back").count(), 2000U);
  EXPECT_EQ(trial.counts.at("negative_samples"), 0);
  // The echo's own time between the two is all that lies outside.
  EXPECT_GT(trial.metric("one_way_closure")->value, 0.5);
  EXPECT_LT(trial.metric("one_way_closure")->value, 1.3);
}

TEST(Latency, ASilenceLiesBetweenTripsAndIsNoPartOfThem) {
  for (const std::int64_t one_way : {0, 1}) {
    RunSpec spec = spec_of("latency", "pipe");
    spec.options["gap_ns"] = 2 * ms;
    if (one_way != 0) spec.options["one_way"] = 1;
    spec.messages = 60;
    const std::uint64_t began = now_ns();
    const Trial trial = run(spec);
    ASSERT_EQ(trial.state, State::passed) << trial.reason;
    EXPECT_GE(now_ns() - began, 60 * 2 * ms);
    EXPECT_EQ(trial.histograms.at("round_trip").count(), 60U);
    EXPECT_LT(trial.histograms.at("round_trip").min(), 2 * ms);
    EXPECT_FALSE(trial.histograms.contains("batch_mean"));
  }
}

TEST(OneWay, AShiftedClockShows) {
  RunSpec spec = spec_of("latency", "pipe");
  spec.options["one_way"] = 1;
  spec.messages = 200;
  spec.fault = "shifted_clock";
  const Trial trial = run(spec);
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_GT(trial.counts.at("negative_samples"), 0);
  EXPECT_GT(trial.histograms.at("one_way_there").quantile(0.5), ms);
}

TEST(Latency, AClosedLoopSeesAStallOnce) {
  RunSpec spec = spec_of("latency", "pipe");
  spec.messages = 500;
  spec.fault = "stall:250";
  const Trial trial = run(spec);
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_GE(trial.histograms.at("round_trip").max(), 100 * ms);
  EXPECT_LE(above(trial.histograms.at("round_trip"), 90 * ms),
            3U);  // a loaded machine may add some
}

TEST(OneWay, SaysWhatItNeeds) {
  RunSpec spec = spec_of("latency", "pipe");
  spec.options["one_way"] = 1;
  spec.size = 8;
  const Trial trial = run(spec);
  EXPECT_EQ(trial.state, State::skipped);
  EXPECT_THAT(trial.reason, testing::HasSubstr("at least 16 bytes"));
}

}  // namespace
}  // namespace ipcmark::toy
