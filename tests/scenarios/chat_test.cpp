#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

TEST(Chat, EightMessagesReachExactlyThoseJoined) {
  for (const char* backend : {"pipe", "unix_seqpacket", "shm_ring", "posix_mq"}) {
    const Trial trial = run_one(over_backend("chat", backend));
    ASSERT_EQ(trial.state, State::passed) << backend << ": " << trial.reason;
    EXPECT_EQ(trial.counts.at("chat_messages"), 8);
    // The second messages at least are sent when all have joined, and nobody leaves before its own.
    EXPECT_GE(trial.counts.at("deliveries"), 4);
    EXPECT_LE(trial.counts.at("deliveries"), 8 * 3);
  }
}

TEST(Chat, GrowsInClientsAndMessages) {
  const Trial trial =
      run_one(over_backend("chat", "unix_stream", {{"clients", 12}, {"count", 50}}));
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.counts.at("chat_messages"), 600);
}

TEST(Chat, ClientsThatVanishAreNoticedAndTheRestGoesOn) {
  for (const char* backend : {"pipe", "shm_ring", "unix_stream"}) {
    const Trial trial =
        run_one(over_backend("chat", backend, {{"clients", 6}, {"count", 40}, {"vanish", 2}}));
    ASSERT_EQ(trial.state, State::passed) << backend << ": " << trial.reason;
    EXPECT_LE(trial.counts.at("vanished"), 2);
    EXPECT_GE(trial.counts.at("chat_messages"), 4 * 40);
  }
  EXPECT_FALSE(has_children());
}

TEST(Chat, CatchesEveryFault) {
  for (const char* fault : {"echo", "miss", "untold"}) {
    expect_caught(over_backend("chat", "pipe"), fault, "of the server's log");
  }
  for (const char* fault : {"drop:2", "duplicate:2", "swap:2", "flip:2", "truncate:2"}) {
    expect_caught(over_backend("chat", "pipe"), fault);
  }
}

// A JOIN that is spoilt or does not come ends the trial, long before any limit would.
TEST(Chat, ASpoiltJoinEndsItAtOnce) {
  for (const char* backend : {"pipe", "unix_seqpacket", "posix_mq"}) {
    for (const char* fault : {"flip:1", "truncate:1", "drop:1"}) {
      const Trial trial = run_one(over_backend("chat", backend), fault);
      EXPECT_EQ(trial.state, State::failed) << backend << ", " << fault << ": " << trial.reason;
      EXPECT_EQ(trial.cause, Cause::check) << backend << ", " << fault << ": " << trial.reason;
    }
  }
}

// With one message each, all wait for all before the first: nobody would tell the server.
TEST(Chat, AJoinThatNeverComesIsFoundThoughNobodyElseSends) {
  const Trial trial = run_one(over_backend("chat", "pipe", {{"count", 1}}), "drop:1");
  EXPECT_EQ(trial.state, State::deadlock) << trial.reason;
  EXPECT_THAT(trial.reason, testing::HasSubstr("wait for a shared word"));
}

}  // namespace
}  // namespace ipcmark::toy
