#include <gtest/gtest.h>

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
