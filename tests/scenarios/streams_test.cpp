// Streams, pipelines and fans: the seed's answers, larger ones, and every fault caught.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/launch/trials.hpp"

namespace ipcmark::toy {
namespace {

using testing::HasSubstr;

Trial run_one(const char* scenario, const char* backend, const char* fault = "",
              std::map<std::string, std::int64_t> options = {}) {
  RunSpec spec = spec_of(scenario, backend);
  spec.verify = Verify::full;
  spec.fault = fault;
  spec.options = std::move(options);
  return run(spec);
}

void expect_caught(const char* scenario, const char* fault, const char* reason,
                   std::map<std::string, std::int64_t> options = {}) {
  const Trial trial = run_one(scenario, "pipe", fault, std::move(options));
  EXPECT_EQ(trial.state, State::failed) << scenario << " with " << fault;
  EXPECT_THAT(trial.reason, HasSubstr(reason)) << scenario << " with " << fault;
}

TEST(SentinelStream, EndsWithStopAfterThreeMessages) {
  for (const char* backend : {"null", "pipe", "unix_stream", "shm_ring", "posix_mq"}) {
    const Trial trial = run_one("sentinel_stream", backend);
    ASSERT_EQ(trial.state, State::passed) << backend << ": " << trial.reason;
    EXPECT_EQ(trial.counts.at("received"), 3);
    EXPECT_EQ(trial.counts.at("stops"), 1);
    EXPECT_EQ(trial.histograms.at("delivery").count(), 3U);
  }
}

TEST(SentinelStream, CatchesEveryFault) {
  expect_caught("sentinel_stream", "after_stop", "after STOP");
  expect_caught("sentinel_stream", "early_stop", "2 messages came before STOP, not 3");
  for (const char* fault :
       {"drop:2", "drop:4", "duplicate:2", "swap:1", "swap:3", "flip:2", "truncate:2"}) {
    expect_caught("sentinel_stream", fault, "messages");
  }
}

TEST(Pipeline, ServesFourOrders) {
  for (const char* backend : {"pipe", "tcp", "shm_ring", "posix_mq"}) {
    const Trial trial = run_one("pipeline", backend);
    ASSERT_EQ(trial.state, State::passed) << backend << ": " << trial.reason;
    EXPECT_EQ(trial.counts.at("orders_served"), 4);
    EXPECT_EQ(trial.histograms.at("hop").count(), 8U);
    EXPECT_EQ(trial.histograms.at("end_to_end").count(), 4U);
  }
}

TEST(Pipeline, GrowsInStagesAndOrders) {
  const Trial trial = run_one("pipeline", "pipe", "", {{"stages", 8}, {"count", 500}});
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.counts.at("orders_served"), 500);
  EXPECT_EQ(trial.histograms.at("hop").count(), 3500U);
  const Trial shortest = run_one("pipeline", "pipe", "", {{"stages", 2}});
  EXPECT_EQ(shortest.state, State::passed) << shortest.reason;
}

TEST(Pipeline, CatchesEveryFault) {
  expect_caught("pipeline", "skip_stage", "did not pass every stage once");
  for (const char* fault : {"drop:2", "duplicate:2", "swap:2", "flip:2", "truncate:2"}) {
    const Trial trial = run_one("pipeline", "pipe", fault);
    EXPECT_EQ(trial.state, State::failed) << fault;
  }
}

TEST(FanIn, TakesEveryMessageOfEveryProducer) {
  for (const char* backend : {"pipe", "shm_ring", "tcp", "posix_mq"}) {
    const Trial trial = run_one("fan_in", backend);
    ASSERT_EQ(trial.state, State::passed) << backend << ": " << trial.reason;
    EXPECT_EQ(trial.counts.at("received"), 400);
    EXPECT_GE(trial.metric("fairness")->value, 0.25);
    EXPECT_LE(trial.metric("fairness")->value, 1.0);
  }
  // One channel where many may send, one each where only one may.
  EXPECT_EQ(run_one("fan_in", "pipe").counts.at("channels"), 1);
  EXPECT_EQ(run_one("fan_in", "shm_ring").counts.at("channels"), 4);
}

TEST(FanIn, CatchesEveryFault) {
  for (const char* fault : {"drop:50", "duplicate:50", "swap:50", "flip:50", "truncate:50"}) {
    expect_caught("fan_in", fault, "messages");
  }
}

TEST(FanOut, BroadcastsToAllAndDealsToOne) {
  for (const char* backend : {"pipe", "shm_ring", "unix_seqpacket", "posix_mq"}) {
    const Trial all = run_one("fan_out", backend);
    ASSERT_EQ(all.state, State::passed) << backend << ": " << all.reason;
    EXPECT_EQ(all.counts.at("received"), 400);
    const Trial one = run_one("fan_out", backend, "", {{"mode", 1}});
    ASSERT_EQ(one.state, State::passed) << backend << ": " << one.reason;
    EXPECT_EQ(one.counts.at("received"), 100);
  }
}

TEST(FanOut, CatchesEveryFault) {
  expect_caught("fan_out", "miss", "not all 100 once");
  // By its own count when one receiver takes both, else by that of all together.
  EXPECT_EQ(run_one("fan_out", "pipe", "deal_twice", {{"mode", 1}}).state, State::failed);
  for (const char* fault : {"drop:5", "duplicate:5", "swap:5", "flip:5", "truncate:5"}) {
    EXPECT_EQ(run_one("fan_out", "pipe", fault).state, State::failed) << fault;
    EXPECT_EQ(run_one("fan_out", "unix_stream", fault, {{"mode", 1}}).state, State::failed)
        << fault;
  }
}

}  // namespace
}  // namespace ipcmark::toy
