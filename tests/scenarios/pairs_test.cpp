// Several pairs at once: each is whole, and the figures are those of all together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

using testing::HasSubstr;

RunSpec of_pairs(const char* scenario, const char* backend, std::int64_t pairs) {
  RunSpec spec = over_backend(scenario, backend, {{"pairs", pairs}});
  spec.messages = 500;
  return spec;
}

TEST(PairsAtOnce, StreamsAreCountedTogether) {
  for (const char* backend : {"pipe", "shm_ring", "null"}) {
    const Trial trial = run_one(of_pairs("throughput", backend, 3));
    ASSERT_EQ(trial.state, State::passed) << backend << ": " << trial.reason;
    EXPECT_EQ(trial.counts.at("messages"), 3 * 500) << backend;
    EXPECT_EQ(trial.costs.size(), std::string(backend) == "null" ? 3U : 6U);
    const double rate = 1500e9 / static_cast<double>(trial.counts.at("measured_ns"));
    EXPECT_NEAR(trial.metric("rate")->value / rate, 1, 1e-6);
    const double fairness = trial.metric("fairness")->value;
    EXPECT_GE(fairness, 1.0 / 3 - 1e-9);
    EXPECT_LE(fairness, 1 + 1e-9);
  }
}

TEST(PairsAtOnce, RoundTripsOfAllAreInOneHistogram) {
  for (const char* backend : {"pipe", "shm_ring", "null"}) {
    RunSpec spec = of_pairs("latency", backend, 3);
    const Trial trial = run_one(spec);
    ASSERT_EQ(trial.state, State::passed) << backend << ": " << trial.reason;
    EXPECT_EQ(trial.histograms.at("round_trip").count(), 3U * 500U) << backend;
    EXPECT_EQ(trial.counts.at("messages"), 2 * 3 * 500) << backend;
    EXPECT_NE(trial.metric("fairness"), nullptr);
  }
}

TEST(PairsAtOnce, OnePairIsAsItWas) {
  const Trial trial = run_one(of_pairs("throughput", "pipe", 1));
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.costs.size(), 2U);
  EXPECT_EQ(trial.metric("fairness"), nullptr);
  EXPECT_GT(trial.metric("first_message_ns")->value, 0);
}

// Each pair's messages have a pattern of their own, and none may lose one.
TEST(PairsAtOnce, AFaultInAnyIsCaught) {
  expect_caught(of_pairs("throughput", "pipe", 3), "drop:7");
  expect_caught(of_pairs("latency", "pipe", 3), "flip:7");
}

TEST(PairsAtOnce, OneWayTakesOne) {
  RunSpec spec = of_pairs("latency", "pipe", 2);
  spec.options["one_way"] = 1;
  const Trial trial = run_one(spec);
  EXPECT_EQ(trial.state, State::skipped);
  EXPECT_THAT(trial.reason, HasSubstr("leave out --pairs"));
}

}  // namespace
}  // namespace ipcmark::toy
