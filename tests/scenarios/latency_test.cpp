// Round trips and single ways: what their figures must show whatever the machine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backends/deadline.hpp"
#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

constexpr std::uint64_t ms = 1'000'000;

TEST(OneWay, ThereAndBackMakeTheRoundTrip) {
  RunSpec spec = spec_of("latency", "unix_stream");
  spec.options["one_way"] = 1;
  spec.messages = 2000;
  const Trial trial = run_one(spec);
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.histograms.at("one_way_there").count(), 2000U);
  EXPECT_EQ(trial.histograms.at("one_way_back").count(), 2000U);
  EXPECT_EQ(trial.counts.at("negative_samples"), 0);
  // The echo's own time between the two is all that lies outside.
  EXPECT_GT(trial.metric("one_way_closure")->value, 0.5);
  EXPECT_LT(trial.metric("one_way_closure")->value, 1.3);
}

TEST(OneWay, AShiftedClockShows) {
  RunSpec spec = spec_of("latency", "pipe");
  spec.options["one_way"] = 1;
  spec.messages = 200;
  const Trial trial = run_one(spec, "shifted_clock");
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_GT(trial.counts.at("negative_samples"), 0);
  EXPECT_GT(trial.histograms.at("one_way_there").quantile(0.5), ms);
}

TEST(OneWay, SaysWhatItNeeds) {
  RunSpec spec = spec_of("latency", "pipe");
  spec.options["one_way"] = 1;
  spec.size = 8;
  const Trial trial = run_one(spec);
  EXPECT_EQ(trial.state, State::skipped);
  EXPECT_THAT(trial.reason, testing::HasSubstr("at least 16 bytes"));
}

TEST(Latency, ASilenceLiesBetweenTripsAndIsNoPartOfThem) {
  for (const std::int64_t one_way : {0, 1}) {
    RunSpec spec = spec_of("latency", "pipe");
    spec.options["gap_ns"] = 2 * ms;
    if (one_way != 0) spec.options["one_way"] = 1;
    spec.messages = 60;
    const std::uint64_t began = now_ns();
    const Trial trial = run_one(spec);
    ASSERT_EQ(trial.state, State::passed) << trial.reason;
    EXPECT_GE(now_ns() - began, 60 * 2 * ms);
    EXPECT_EQ(trial.histograms.at("round_trip").count(), 60U);
    EXPECT_LT(trial.histograms.at("round_trip").min(), 2 * ms);
    EXPECT_FALSE(trial.histograms.contains("batch_mean"));
  }
}

TEST(Latency, AClosedLoopSeesAStallOnce) {
  RunSpec spec = spec_of("latency", "pipe");
  spec.messages = 500;
  const Trial trial = run_one(spec, "stall:250");
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_GE(trial.histograms.at("round_trip").max(), 100 * ms);
  EXPECT_LE(samples_above(trial.histograms.at("round_trip"), 90 * ms),
            3U);  // a loaded machine may add some
}

}  // namespace
}  // namespace ipcmark::toy
