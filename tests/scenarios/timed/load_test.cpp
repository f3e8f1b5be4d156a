// What the figures of a load at a given rate must show whatever the machine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backends/deadline.hpp"
#include "results/console/load_view.hpp"
#include "results/figures/cost_figures.hpp"
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

// In its middle, in the times at its head (a message of nothing else), and in its number.
TEST(Load, WhatIsVerifiedIsEveryByteAndTheOrder) {
  for (const std::size_t size : {24U, 64U, 70'000U}) {
    for (const char* fault : {"", "flip:3", "truncate:3", "drop:3", "duplicate:3", "swap:3"}) {
      RunSpec spec = load_of(2000);
      spec.size = size;
      spec.verify = Verify::full;
      spec.duration_ns = 50 * ms;
      const Trial trial = run_one(spec, fault);
      const bool reported = size > 24 || std::string_view(fault) != "swap:3";
      const bool passes = *fault == '\0' || !reported;
      EXPECT_EQ(trial.state == State::passed, passes) << size << " " << fault << trial.reason;
      EXPECT_EQ(trial.integrity.checked > 0, true) << size << " " << fault;
    }
  }
  RunSpec spec = load_of(2000);
  spec.size = 16;
  spec.verify = Verify::header;
  EXPECT_EQ(run_one(spec).state, State::skipped);
}

TEST(Load, WhatIsNotIntactEndsTheTrialAtOnce) {
  for (const char* fault : {"flip:3", "truncate:3"}) {
    RunSpec spec = load_of(2000);
    spec.verify = Verify::full;
    const Trial trial = run_one(spec, fault);
    EXPECT_EQ(trial.state, State::failed) << fault;
    EXPECT_EQ(trial.cause, Cause::check) << fault;
    EXPECT_EQ(trial.integrity.checked, 3U) << fault;
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

// At full speed all are due at once: the clock alone tells warm-up from what is measured.
TEST(Load, FullSpeedIsMeasuredAfterAWarmUp) {
  RunSpec spec = load_of(unlimited_rate);
  spec.warmup_ns = 20 * ms;
  spec.duration_ns = 50 * ms;
  const Trial trial = run_one(spec);
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.counts.at("saturated"), 1);
  EXPECT_TRUE(trial.histograms.empty());
  const std::int64_t measured = trial.counts.at("messages");
  EXPECT_GT(measured, 0);
  EXPECT_LT(measured, trial.counts.at("messages_total"));
  const double seconds = static_cast<double>(measured) / trial.metric("achieved_rate")->value;
  EXPECT_GT(seconds, 0.04);
}

// However many messages a rate and a duration make, the trial ends and its receiver's memory is as
// large as before.
TEST(Load, NeitherTimeNorMemoryGrowsWithTheRate) {
  RunSpec spec = load_of(400'000'000);
  spec.duration_ns = 1'000 * ms;
  spec.warmup_ns = 0;
  const std::uint64_t began = now_ns();
  const Trial trial = run_one(spec);
  EXPECT_LT(now_ns() - began, 10'000 * ms);
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.counts.at("saturated"), 1);
  EXPECT_THAT(trial.reason, testing::HasSubstr("late"));
  const ProcessCost& receiver = trial.costs.at(1);
  ASSERT_EQ(receiver.role, "receiver");
  // A page for each 512 messages would make hundreds.
  ASSERT_GT(trial.counts.at("messages"), 100'000);
  EXPECT_LT(receiver.minor_faults + receiver.major_faults, 100U);
}

double cpu_per_message(const Trial& trial) {
  return trial_value(trial, "cpu_per_message", -1).value();
}

// The sender sleeps before each message and polls the clock for the last 100 us, which at a low
// rate is far more than the message costs.
TEST(Load, WhatTheHarnessTakesToWaitIsNoCostOfAMessage) {
  RunSpec spec = load_of(2'000);
  const Trial slow = run_one(spec);
  spec.options["rate"] = 20'000;
  const Trial fast = run_one(spec);
  ASSERT_EQ(slow.state, State::passed) << slow.reason;
  ASSERT_EQ(fast.state, State::passed) << fast.reason;
  const auto messages = static_cast<double>(slow.counts.at("messages_total"));
  const ProcessCost& sender = slow.costs.at(0);
  ASSERT_EQ(sender.role, "sender");
  EXPECT_GT(static_cast<double>(sender.harness_user_ns), messages * 5'000);
  EXPECT_GT(sender.harness_switches, 0U);
  EXPECT_EQ(slow.costs.at(1).harness_user_ns, 0U);
  EXPECT_LE(sender.harness_user_ns + sender.harness_system_ns,
            (sender.user_ns + sender.system_ns) * 11 / 10);
  // A tenth of the rate, and not ten times the cost.
  EXPECT_LT(cpu_per_message(slow), 5 * cpu_per_message(fast));
  EXPECT_LT(cpu_per_message(slow), 60'000);
}

}  // namespace
}  // namespace ipcmark::toy
