#include <gtest/gtest.h>

#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

TEST(SentinelStream, EndsWithStopAfterThreeMessages) {
  for (const char* backend : {"null", "pipe", "unix_stream", "shm_ring", "posix_mq"}) {
    const Trial trial = run_one(over_backend("sentinel_stream", backend));
    ASSERT_EQ(trial.state, State::passed) << backend << ": " << trial.reason;
    EXPECT_EQ(trial.counts.at("received"), 3);
    EXPECT_EQ(trial.counts.at("stops"), 1);
    EXPECT_EQ(trial.histograms.at("delivery").count(), 3U);
  }
}

TEST(SentinelStream, CatchesEveryFault) {
  expect_caught(over_backend("sentinel_stream", "pipe"), "after_stop", "after STOP");
  expect_caught(over_backend("sentinel_stream", "pipe"), "early_stop",
                "2 messages came before STOP, not 3");
  for (const char* fault :
       {"drop:2", "drop:4", "duplicate:2", "swap:1", "swap:3", "flip:2", "truncate:2"}) {
    expect_caught(over_backend("sentinel_stream", "pipe"), fault, "messages");
  }
}

}  // namespace
}  // namespace ipcmark::toy
