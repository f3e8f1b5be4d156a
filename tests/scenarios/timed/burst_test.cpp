// Messages in bursts: they are due whatever became of those before, and count from then. A stall is
// seen by all that it delays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/model/cell_options.hpp"
#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

constexpr std::uint64_t ms = 1'000'000;

RunSpec in_bursts(const char* scenario, const char* burst, std::uint64_t messages,
                  const char* backend = "pipe") {
  RunSpec spec = over_backend(scenario, backend);
  EXPECT_EQ(set_cell_option(*cell_option("burst"), burst, spec), "");
  spec.messages = messages;
  return spec;
}

// Ten every 5 ms: 100 ms of a stall delay 20 bursts, the first of them longest.
constexpr const char* tens = "10:5ms";
constexpr std::uint64_t forty_bursts = 400;

TEST(BurstsOfLatency, AStallIsSeenByEveryTripItDelays) {
  const Trial trial = run_one(in_bursts("latency", tens, forty_bursts), "stall:30");
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  const Histogram& responses = trial.histograms.at("burst_response");
  EXPECT_EQ(responses.count(), forty_bursts);
  EXPECT_EQ(trial.histograms.at("round_trip").count(), forty_bursts);
  EXPECT_GE(samples_above(responses, 20 * ms), 140U);
  EXPECT_LE(samples_above(trial.histograms.at("round_trip"), 50 * ms), 1U + forty_bursts / 20);
}

TEST(BurstsOfLatency, EachWaitsForThoseBeforeIt) {
  const Trial trial = run_one(in_bursts("latency", "50:20ms", 500));
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  // Of fifty trips in a row the middle one is there after twenty-five.
  EXPECT_GT(trial.histograms.at("burst_response").quantile(0.5),
            5 * trial.histograms.at("round_trip").quantile(0.5));
}

TEST(BurstsOfThroughput, AStallIsSeenByEveryBurstItDelays) {
  const Trial trial = run_one(in_bursts("throughput", tens, forty_bursts), "stall:30");
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  const Histogram& bursts = trial.histograms.at("burst");
  EXPECT_GE(bursts.count(), 39U);
  EXPECT_GE(samples_above(bursts, 20 * ms), 14U);
  // Silence included: 2000 messages a second, and fewer where the machine is late.
  EXPECT_LT(trial.metric("rate")->value, 3'000);
}

TEST(BurstsOfThroughput, AreWholeWhereMessagesAreGathered) {
  RunSpec spec = in_bursts("throughput", "10:1ms", 200, "shm_ring");
  spec.batch = 64;
  const Trial trial = run_one(spec);
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_GE(trial.histograms.at("burst").count(), 19U);
}

TEST(BurstsOfLoad, AStallIsSeenByEveryMessageItDelays) {
  RunSpec spec = in_bursts("load", tens, 0);
  spec.duration_ns = 400 * ms;
  const Trial trial = run_one(spec, "stall");
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_DOUBLE_EQ(trial.metric("offered_rate")->value, 2'000);
  EXPECT_GE(samples_above(trial.histograms.at("response"), 20 * ms), 0.8 * 0.8 * 200);
}

TEST(Bursts, DoNotGoWithAllElse) {
  RunSpec poisson = in_bursts("load", tens, 100);
  poisson.options["schedule"] = 1;
  EXPECT_EQ(run_one(poisson).state, State::skipped);
  EXPECT_EQ(run_one(in_bursts("throughput", tens, 100, "null")).state, State::skipped);
  EXPECT_EQ(run_one(in_bursts("latency", tens, 100, "null")).state, State::passed);
  // Where one message is missing, bursts do not end where their count says.
  EXPECT_EQ(run_one(in_bursts("throughput", tens, 100, "udp")).state, State::skipped);
}

}  // namespace
}  // namespace ipcmark::toy
