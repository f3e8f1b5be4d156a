#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/model/capabilities.hpp"

#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

TEST(FanOut, BroadcastsToAllAndDealsToOne) {
  for (const char* backend :
       {"pipe", "shm_ring", "mpmc_ring", "broadcast_ring", "unix_seqpacket", "posix_mq"}) {
    const Trial all = run_one(over_backend("fan_out", backend));
    ASSERT_EQ(all.state, State::passed) << backend << ": " << all.reason;
    EXPECT_EQ(all.counts.at("received"), 400);
    const Trial one = run_one(over_backend("fan_out", backend, {{"mode", 1}}));
    ASSERT_EQ(one.state, State::passed) << backend << ": " << one.reason;
    EXPECT_EQ(one.counts.at("received"), 100);
  }
}

// One channel where the mechanism does what is asked for, one each where it does not.
TEST(FanOut, TakesOneChannelWhereThatWillDo) {
  const auto channels = [](const char* backend, std::int64_t mode) {
    return run_one(over_backend("fan_out", backend, {{"mode", mode}})).counts.at("channels");
  };
  constexpr std::int64_t broadcast = 0, work_queue = 1;
  EXPECT_EQ(channels("broadcast_ring", broadcast), 1);
  EXPECT_EQ(channels("broadcast_ring", work_queue), 4);
  EXPECT_EQ(channels("mpmc_ring", broadcast), 4);
  EXPECT_EQ(channels("mpmc_ring", work_queue), 1);
}

// How many messages were lost, at all receivers together.
double lost(const Trial& trial) {
  const Metric* const share = trial.metric(lost_share_name);
  EXPECT_NE(share, nullptr);
  return share == nullptr ? -1 : share->value * static_cast<double>(share->samples);
}

TEST(FanOut, CountsWhatABroadcastLoses) {
  for (const char* backend : {"lossy_ring", "lossy_pipe"}) {
    const Trial whole = run_one(over_backend("fan_out", backend));
    ASSERT_EQ(whole.state, State::passed) << backend << ": " << whole.reason;
    EXPECT_EQ(whole.counts.at("received"), 400) << backend;
    EXPECT_NEAR(lost(whole), 0, 1e-6) << backend;
    EXPECT_GT(whole.metric(sent_rate_name)->value, 0) << backend;
    // One message that nobody gets; over a channel to each it is one of each channel.
    const Trial trial = run_one(over_backend("fan_out", backend), "drop:5");
    ASSERT_EQ(trial.state, State::passed) << backend << ": " << trial.reason;
    EXPECT_EQ(trial.counts.at("received"), 396) << backend;
    EXPECT_NEAR(lost(trial), 4, 1e-6) << backend;
    for (const char* fault : {"duplicate:5", "swap:5", "flip:5", "truncate:5"}) {
      expect_caught(over_backend("fan_out", backend), fault);
    }
    const Trial queue = run_one(over_backend("fan_out", backend, {{"mode", 1}}));
    EXPECT_EQ(queue.state, State::skipped) << backend;
    EXPECT_THAT(queue.reason, testing::HasSubstr("needs every message to arrive")) << backend;
  }
}

// Four places, and a sender that does not wait: what is not received is counted as lost.
TEST(FanOut, AReceiverThatIsTooSlowLosesWhatIsCounted) {
  RunSpec spec = over_backend("fan_out", "lossy_ring", {{"count", 20'000}});
  spec.depth = 4;
  const Trial trial = run_one(spec);
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.metric(lost_share_name)->samples, 80'000U);
  EXPECT_NEAR(static_cast<double>(trial.counts.at("received")) + lost(trial), 80'000, 1e-3);
  EXPECT_GE(trial.metric(longest_loss_name)->value, lost(trial) > 0 ? 1 : 0);
  EXPECT_EQ(trial.counts.at("channels"), 1);
}

TEST(FanOut, CatchesEveryFault) {
  expect_caught(over_backend("fan_out", "broadcast_ring"), "miss", "not all 100 once");
  expect_caught(over_backend("fan_out", "broadcast_ring"), "drop:5");
  expect_caught(over_backend("fan_out", "mpmc_ring", {{"mode", 1}}), "deal_twice");
  expect_caught(over_backend("fan_out", "pipe"), "miss", "not all 100 once");
  // By its own count when one receiver takes both, else by that of all together.
  expect_caught(over_backend("fan_out", "pipe", {{"mode", 1}}), "deal_twice");
  for (const char* fault : {"drop:5", "duplicate:5", "swap:5", "flip:5", "truncate:5"}) {
    expect_caught(over_backend("fan_out", "pipe"), fault);
    expect_caught(over_backend("fan_out", "unix_stream", {{"mode", 1}}), fault);
  }
}

}  // namespace
}  // namespace ipcmark::toy
