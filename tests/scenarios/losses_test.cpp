// Mechanisms that may lose messages: what is lost is a figure, what is out of order or damaged a
// failure, and who cannot measure losses refuses them. Most is shown over a pipe that is only said
// to lose messages, so that a fault decides what is lost, and nothing else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "results/model/capabilities.hpp"
#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

RunSpec cell(const std::string& scenario, const std::string& backend = "lossy_pipe") {
  RunSpec spec = spec_of(scenario, backend);
  spec.messages = 50;
  return spec;
}

double figure(const Trial& trial, const char* name) {
  const Metric* metric = trial.metric(name);
  EXPECT_NE(metric, nullptr) << name;
  return metric == nullptr ? -1 : metric->value;
}

TEST(Lossy, EveryOtherScenarioRefusesIt) {
  unsigned measuring = 0;
  for (const ScenarioEntry& entry : built_in_scenarios()) {
    if (!entry.uses_backend) continue;
    RunSpec spec = spec_of(entry.name, "lossy_pipe");
    spec.size = entry.default_size;
    spec.messages = entry.timed ? 50 : 0;
    const Trial trial = run_one(spec);
    measuring += entry.measures_losses ? 1U : 0U;
    EXPECT_EQ(trial.state, entry.measures_losses ? State::passed : State::skipped)
        << entry.name << ": " << trial.reason;
    if (entry.measures_losses || entry.name == std::string("counter")) continue;
    EXPECT_THAT(trial.reason, testing::HasSubstr("needs every message to arrive")) << entry.name;
  }
  EXPECT_EQ(measuring, 4U);
}

TEST(Lossy, WhatIsLostIsAFigure) {
  for (const char* scenario : {"throughput", "latency", "load"}) {
    for (const Verify verify : {Verify::off, Verify::full}) {
      RunSpec spec = cell(scenario);
      spec.verify = verify;
      const Trial whole = run_one(spec);
      ASSERT_EQ(whole.state, State::passed) << scenario << ": " << whole.reason;
      EXPECT_EQ(figure(whole, lost_share_name), 0) << scenario;
      EXPECT_EQ(figure(whole, longest_loss_name), 0) << scenario;
      EXPECT_GT(figure(whole, sent_rate_name), 0) << scenario;
      const Trial trial = run_one(spec, "drop:7");
      ASSERT_EQ(trial.state, State::passed) << scenario << ": " << trial.reason;
      EXPECT_GT(figure(trial, lost_share_name), 0) << scenario;
      // Of ping-pong two trips in a row: for the initiator's seventh message, and the echo's.
      EXPECT_EQ(figure(trial, longest_loss_name), spec.scenario == "latency" ? 2 : 1) << scenario;
    }
  }
}

TEST(Lossy, NothingElseThatGoesWrongIs) {
  for (const char* scenario : {"throughput", "latency", "load"}) {
    for (const char* fault : {"duplicate:7", "swap:7", "flip:7", "truncate:7"}) {
      RunSpec spec = cell(scenario);
      spec.verify = Verify::full;
      expect_caught(spec, fault);
    }
  }
}

// Without --verify as well: the messages carry their numbers.
TEST(Lossy, OrderIsCheckedWhateverIsVerified) {
  for (const char* scenario : {"throughput", "latency", "load"}) {
    expect_caught(cell(scenario), "swap:7", "reordered");
    expect_caught(cell(scenario), "duplicate:7", "duplicated");
  }
}

// A trip that is lost is counted, is no round trip, and another is made in its place.
TEST(Lossy, ALostTripIsCountedAndMadeAgain) {
  const Trial trial = run_one(cell("latency"), "drop:7");
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.histograms.at("round_trip").count(), 50U);
  EXPECT_EQ(trial.counts.at("messages"), 100);
  const auto trips = static_cast<double>(trial.metric(lost_share_name)->samples);
  // Two: the initiator's seventh message, and the echo's.
  EXPECT_NEAR(figure(trial, lost_share_name), 2 / trips, 1e-9);
  EXPECT_GE(trips, 52);
}

// Messages that are lost had not come when the last was due.
TEST(Lossy, LossesSaturateARate) {
  RunSpec spec = cell("load");
  spec.options["rate"] = 1000;
  spec.warmup_ns = 0;
  const Trial trial = run_one(spec, "drop:7");
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.counts.at("offered"), 50);
  EXPECT_EQ(trial.counts.at("messages_total"), 49);
  EXPECT_NEAR(figure(trial, lost_share_name), 0.02, 1e-9);
  EXPECT_LE(figure(trial, "achieved_share"), 0.98);
  EXPECT_EQ(trial.counts.at("saturated"), 1);
  EXPECT_TRUE(trial.histograms.empty());
}

TEST(Lossy, AMessageMustHaveRoomForItsNumber) {
  RunSpec spec = cell("throughput");
  spec.size = 7;
  const Trial small = run_one(spec);
  EXPECT_EQ(small.state, State::skipped);
  EXPECT_THAT(small.reason, testing::HasSubstr("at least 8 bytes"));
  spec.size = 8;
  expect_whole(spec);
  RunSpec load = cell("load");
  load.size = 23;
  EXPECT_EQ(run_one(load).state, State::skipped);
  load.size = 24;
  expect_whole(load);
}

TEST(Lossy, OneWayTimesNeedEveryMessage) {
  RunSpec spec = cell("latency");
  spec.options["one_way"] = 1;
  EXPECT_EQ(run_one(spec).state, State::skipped);
}

// Whatever it loses on this machine: what is sent is either received or counted.
TEST(Udp, LosesNothingUncounted) {
  for (const std::size_t size : {8U, 64U, 4096U, 60'000U}) {
    for (const Wait wait : {Wait::block, Wait::poll}) {
      RunSpec spec = spec_of("throughput", "udp");
      spec.size = size;
      spec.wait = wait;
      spec.verify = Verify::full;
      spec.duration_ns = 30'000'000;
      const Trial trial = run_one(spec);
      if (trial.state == State::skipped) GTEST_SKIP() << trial.reason;
      ASSERT_EQ(trial.state, State::passed) << size << ": " << trial.reason;
      const auto sent = static_cast<double>(trial.metric(lost_share_name)->samples);
      const auto came = static_cast<double>(trial.counts.at("messages_total"));
      EXPECT_NEAR(figure(trial, lost_share_name), (sent - came) / sent, 1e-9) << size;
    }
  }
}

TEST(Udp, AnswersAndKeepsARate) {
  for (const char* scenario : {"latency", "load"}) {
    const Trial trial = run_one(cell(scenario, "udp"));
    if (trial.state == State::skipped) GTEST_SKIP() << trial.reason;
    EXPECT_EQ(trial.state, State::passed) << scenario << ": " << trial.reason;
  }
}

}  // namespace
}  // namespace ipcmark::toy
