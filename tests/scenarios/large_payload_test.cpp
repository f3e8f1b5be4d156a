// Two that send before they receive: a deadlock wherever it does not fit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

using testing::HasSubstr;

RunSpec naive_over(const char* backend, std::uint64_t size) {
  RunSpec spec = spec_of("large_payload", backend);
  spec.size = size;
  spec.options["protocol"] = 1;
  return spec;
}

void expect_deadlock(const Trial& trial) {
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.counts.at("deadlock_found"), 1);
  EXPECT_THAT(trial.reason, HasSubstr("left 0 in send on channel 0"));
  EXPECT_THAT(trial.reason, HasSubstr("right 1 in send on channel 1"));
}

TEST(NaiveExchange, IsDiagnosedWithinTwoSecondsAndNamesBothWaits) {
  // The soonest of them: each waits for the same two looks, and a busy machine delays some.
  double soonest_ns = 1e18;
  for (const char* backend : {"pipe", "fifo", "unix_stream"}) {
    const Trial trial = run_one(naive_over(backend, 1'000'000));
    expect_deadlock(trial);
    ASSERT_NE(trial.metric("diagnosed_ns"), nullptr);
    soonest_ns = std::min(soonest_ns, trial.metric("diagnosed_ns")->value);
    RecordProperty(backend, std::to_string(trial.metric("diagnosed_ns")->value));
  }
  EXPECT_LT(soonest_ns, 2e9);
  EXPECT_FALSE(has_children());
}

TEST(NaiveExchange, SendsMoreThanAnEnlargedBufferHolds) {
  for (const char* backend : {"pipe", "unix_stream"}) {
    RunSpec spec = naive_over(backend, 20'000);  // would fit
    spec.depth = 8;
    const Trial trial = run_one(spec);
    EXPECT_GT(trial.granted.values.at("buffer_bytes"), 40'000);
    expect_deadlock(trial);
  }
}

TEST(NaiveExchange, ThatFitsIsNoDeadlock) {
  const Trial trial = run_one(naive_over("posix_mq", 20'000));
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.counts.at("deadlock_found"), 0);
  EXPECT_EQ(trial.counts.at("bytes_received"), 40'000);
}

// Neither side waits for what never comes, nor is anything called but what it is.
TEST(BothWays, WhatIsLostOrComesTwiceEndsTheTrialAsThat) {
  for (const char* backend :
       {"pipe", "unix_stream", "unix_dgram", "posix_mq", "shm_ring", "shm_mutex", "null"}) {
    RunSpec spec = over_backend("large_payload", backend, {{"both_ways", 1}});
    spec.size = 1'000'000;
    expect_caught(spec, "drop:2", "lost");
    expect_caught(spec, "duplicate:2", "duplicated");
  }
}

// The last one has no other behind it that could tell.
TEST(BothWays, TheLastChunkIsMissedToo) {
  RunSpec spec = over_backend("large_payload", "pipe", {{"both_ways", 1}, {"chunk", 1000}});
  spec.size = 10'000;
  expect_caught(spec, "drop:10", "lost");
}

// Both are killed before they report.
TEST(NaiveExchange, AFaultOfWhoeverIsEndedHasHappened) {
  expect_deadlock(run_one(naive_over("pipe", 1'000'000), "drop:1"));
}

}  // namespace
}  // namespace ipcmark::toy
