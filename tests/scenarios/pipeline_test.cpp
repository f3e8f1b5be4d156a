#include <gtest/gtest.h>

#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

TEST(Pipeline, ServesFourOrders) {
  for (const char* backend : {"pipe", "tcp", "shm_ring", "posix_mq"}) {
    const Trial trial = run_one(over_backend("pipeline", backend));
    ASSERT_EQ(trial.state, State::passed) << backend << ": " << trial.reason;
    EXPECT_EQ(trial.counts.at("orders_served"), 4);
    EXPECT_EQ(trial.histograms.at("hop").count(), 8U);
    EXPECT_EQ(trial.histograms.at("end_to_end").count(), 4U);
  }
}

TEST(Pipeline, GrowsInStagesAndOrders) {
  const Trial trial = run_one(over_backend("pipeline", "pipe", {{"stages", 8}, {"count", 500}}));
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.counts.at("orders_served"), 500);
  EXPECT_EQ(trial.histograms.at("hop").count(), 3500U);
  expect_whole(over_backend("pipeline", "pipe", {{"stages", 2}}));
}

TEST(Pipeline, CatchesEveryFault) {
  expect_caught(over_backend("pipeline", "pipe"), "skip_stage", "did not pass every stage once");
  for (const char* fault : {"drop:2", "duplicate:2", "swap:2", "flip:2", "truncate:2"}) {
    expect_caught(over_backend("pipeline", "pipe"), fault);
  }
}

}  // namespace
}  // namespace ipcmark::toy
