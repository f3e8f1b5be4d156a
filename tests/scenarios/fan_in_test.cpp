#include <gtest/gtest.h>

#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

TEST(FanIn, TakesEveryMessageOfEveryProducer) {
  for (const char* backend : {"pipe", "shm_ring", "mpmc_ring", "tcp", "posix_mq"}) {
    const Trial trial = run_one(over_backend("fan_in", backend));
    ASSERT_EQ(trial.state, State::passed) << backend << ": " << trial.reason;
    EXPECT_EQ(trial.counts.at("received"), 400);
    EXPECT_GE(trial.metric("fairness")->value, 0.25);
    EXPECT_LE(trial.metric("fairness")->value, 1.0);
  }
  // One channel where many may send, one each where only one may.
  EXPECT_EQ(run_one(over_backend("fan_in", "pipe")).counts.at("channels"), 1);
  EXPECT_EQ(run_one(over_backend("fan_in", "mpmc_ring")).counts.at("channels"), 1);
  EXPECT_EQ(run_one(over_backend("fan_in", "shm_ring")).counts.at("channels"), 4);
}

TEST(FanIn, CatchesEveryFault) {
  for (const char* fault : {"drop:50", "duplicate:50", "swap:50", "flip:50", "truncate:50"}) {
    expect_caught(over_backend("fan_in", "pipe"), fault, "messages");
  }
}

}  // namespace
}  // namespace ipcmark::toy
