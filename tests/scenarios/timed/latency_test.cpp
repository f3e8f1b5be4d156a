// Round trips and single ways: what their figures must show whatever the machine. And several pairs
// of processes at once: each is whole, and the figures are those of all together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "backends/deadline.hpp"
#include "results/figures/cost_figures.hpp"
#include "results/model/capabilities.hpp"
#include "results/model/cell_options.hpp"
#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

constexpr std::uint64_t ms = 1'000'000;

// Both ways over the trip, of means: of medians, they need not add up where the machine is busy.
double ways_over_trip(const Trial& trial) {
  return (trial.histograms.at("one_way_there").mean() +
          trial.histograms.at("one_way_back").mean()) /
         trial.histograms.at("stamped_round_trip").mean();
}

std::uint64_t cpu_ns(const ProcessCost& cost) { return cost.user_ns + cost.system_ns; }

TEST(OneWay, ThereAndBackMakeTheRoundTrip) {
  RunSpec spec = spec_of("latency", "unix_stream");
  spec.options["one_way"] = 1;
  spec.messages = 2000;
  const Trial trial = run_one(spec);
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.histograms.at("one_way_there").count(), 2000U);
  EXPECT_EQ(trial.histograms.at("one_way_back").count(), 2000U);
  EXPECT_EQ(trial.counts.at("negative_samples"), 0);
  EXPECT_NEAR(ways_over_trip(trial), 1, 0.02);
  EXPECT_GT(trial.metric("one_way_closure")->value, 0);
}

// Writing and reading a payload takes longer than all else; each belongs to a way.
TEST(OneWay, BothWaysMakeTheTripWhereThePayloadIsLarge) {
  for (const char* backend : {"unix_stream", "shm_mutex"}) {
    RunSpec spec = spec_of("latency", backend);
    spec.options["one_way"] = 1;
    spec.size = 1 << 20;
    spec.messages = 100;
    const Trial trial = run_one(spec);
    ASSERT_EQ(trial.state, State::passed) << trial.reason;
    EXPECT_NEAR(ways_over_trip(trial), 1, 0.02) << backend;
  }
}

// A stamped trip reads the clock more often than a plain one: it is no figure of the same name.
TEST(OneWay, AStampedTripIsNoPlainOne) {
  RunSpec spec = spec_of("latency", "pipe");
  spec.messages = 100;
  const Trial plain = run_one(spec);
  spec.options["one_way"] = 1;
  const Trial stamped = run_one(spec);
  EXPECT_FALSE(stamped.histograms.contains("round_trip"));
  for (const auto& [name, times] : stamped.histograms) {
    EXPECT_FALSE(plain.histograms.contains(name)) << name;
  }
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

TEST(OneWay, WhatComesTwiceIsFound) {
  RunSpec spec = spec_of("latency", "pipe");
  spec.options["one_way"] = 1;
  spec.messages = 200;
  for (const char* fault : {"duplicate:2", "duplicate:200"}) {
    expect_caught(spec, fault, "duplicated");
  }
  expect_caught(spec, "truncate:2", "another length");
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
    const Histogram& trips =
        trial.histograms.at(one_way != 0 ? "stamped_round_trip" : "round_trip");
    EXPECT_EQ(trips.count(), 60U);
    EXPECT_LT(trips.min(), 2 * ms);
    // It polls the clock before each trip, for 100 us less what the sleep was late, which is no
    // cost of a message.
    const std::uint64_t waiting = trial.costs.at(0).harness_user_ns;
    EXPECT_GT(waiting, 60 * 5'000U);
    EXPECT_EQ(trial.costs.at(1).harness_user_ns, 0U);
    EXPECT_LE(mechanism_cpu_ns(trial) + static_cast<double>(waiting),
              static_cast<double>(cpu_ns(trial.costs[0]) + cpu_ns(trial.costs[1])) * 1.001);
    EXPECT_FALSE(trial.histograms.contains("batch_mean"));
  }
}

// Those that are timed one by one, and those in batches, whose last may be a short one.
TEST(Latency, BatchesAreTakenFromTheMessagesAskedFor) {
  RunSpec spec = spec_of("latency", "shm_ring");
  spec.wait = Wait::spin;
  for (const std::uint64_t messages : {2U, 3U, 1000U}) {
    spec.messages = messages;
    const Trial trial = run_one(spec);
    ASSERT_EQ(trial.state, State::passed) << trial.reason;
    const std::uint64_t batched = messages * 2 / 5;
    EXPECT_EQ(trial.histograms.at("round_trip").count(), messages - batched);
    EXPECT_EQ(trial.histograms.contains("batch_mean"), batched > 0);
    if (batched > 0) {
      EXPECT_EQ(trial.metric("batch_mean_overall")->samples, batched);
    }
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

// Each pair draws sizes of its own, and its bursts are due from when its sender began.
TEST(PairsAtOnce, MixSizesAndComeInBursts) {
  for (const char* scenario : {"throughput", "latency"}) {
    for (const char* backend : {"pipe", "shm_ring"}) {
      RunSpec mixed = of_pairs(scenario, backend, 3);
      EXPECT_EQ(set_cell_option(*cell_option("size-mix"), "32:70,4KiB:30", mixed), "");
      const Trial sizes = run_one(mixed);
      ASSERT_EQ(sizes.state, State::passed) << scenario << backend << ": " << sizes.reason;
      const bool stream = scenario == std::string("throughput");
      EXPECT_EQ(sizes.counts.at("messages"), (stream ? 3 : 6) * 500) << scenario << backend;

      RunSpec bursts = of_pairs(scenario, backend, 3);
      EXPECT_EQ(set_cell_option(*cell_option("burst"), "10:1ms", bursts), "");
      bursts.messages = 100;
      const Trial trial = run_one(bursts);
      ASSERT_EQ(trial.state, State::passed) << scenario << backend << ": " << trial.reason;
      const Histogram& times = trial.histograms.at(stream ? "burst" : "burst_response");
      EXPECT_GE(times.count(), 3U * (stream ? 9U : 100U)) << scenario << backend;
      EXPECT_LE(times.count(), 3U * (stream ? 11U : 100U)) << scenario << backend;
    }
  }
}

// Of messages of 32 bytes and of 4 KiB in equal parts the mean is 2064 bytes; each pair draws some.
TEST(PairsAtOnce, BytesAreThoseOfAllPairs) {
  RunSpec spec = of_pairs("throughput", "unix_stream", 2);
  EXPECT_EQ(set_cell_option(*cell_option("size-mix"), "32:50,4KiB:50", spec), "");
  spec.messages = 2'000;
  const Trial trial = run_one(spec);
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_NEAR(trial.metric("bytes_rate")->value / trial.metric("rate")->value, 2064, 300);
}

TEST(PairsAtOnce, LossesAreThoseOfAllPairs) {
  for (const char* scenario : {"throughput", "latency"}) {
    RunSpec spec = of_pairs(scenario, "lossy_pipe", 3);
    spec.messages = 50;
    const Trial whole = run_one(spec);
    ASSERT_EQ(whole.state, State::passed) << scenario << ": " << whole.reason;
    EXPECT_EQ(whole.costs.size(), 6U);
    EXPECT_EQ(whole.metric(lost_share_name)->value, 0) << scenario;
    EXPECT_GT(whole.metric("fairness")->value, 1.0 / 3 - 1e-9) << scenario;
    const Trial trial = run_one(spec, "drop:7");
    ASSERT_EQ(trial.state, State::passed) << scenario << ": " << trial.reason;
    // One in each pair; of ping-pong two, of the initiator's and of the echo's messages.
    const double lost = trial.metric(lost_share_name)->value *
                        static_cast<double>(trial.metric(lost_share_name)->samples);
    EXPECT_NEAR(lost, scenario == std::string("latency") ? 6 : 3, 1e-6) << scenario;
    if (scenario == std::string("latency")) {
      EXPECT_EQ(trial.histograms.at("round_trip").count(), 3U * 50U);
    }
    expect_caught(spec, "swap:7", "reordered");
  }
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
