#include <gtest/gtest.h>

#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

TEST(RequestReply, AnswersEveryRequestWithItsOwn) {
  for (const char* backend : {"pipe", "shm_ring", "tcp"}) {
    const Trial trial = run_one(over_backend("request_reply", backend));
    ASSERT_EQ(trial.state, State::passed) << backend << ": " << trial.reason;
    EXPECT_EQ(trial.counts.at("answered"), 400);
    EXPECT_EQ(trial.histograms.at("request").count(), 400U);
  }
}

TEST(RequestReply, CatchesEveryFault) {
  expect_caught(over_backend("request_reply", "pipe"), "mismatch", "not those to their requests");
  for (const char* fault : {"duplicate:5", "flip:5", "truncate:5"}) {
    expect_caught(over_backend("request_reply", "pipe"), fault);
  }
}

}  // namespace
}  // namespace ipcmark::toy
