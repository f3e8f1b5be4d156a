// The broker: every subscriber gets its topics, over plain channels and over ZeroMQ's own, and
// every fault is caught.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "scenarios/messaging/topics.hpp"
#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

using testing::HasSubstr;

RunSpec broker_over(const char* backend, Options options = {}) {
  return over_backend("broker", backend, std::move(options));
}

std::int64_t due(const Topics& topics, std::uint32_t subscribers) {
  std::int64_t due = 0;
  for (std::uint32_t publisher = 0; publisher < topics.publishers; ++publisher) {
    for (std::uint64_t number = 0; number < topics.each; ++number) {
      for (std::uint32_t subscriber = 0; subscriber < subscribers; ++subscriber) {
        due += topics.wants(subscriber, topics.topic_of(publisher, number)) ? 1 : 0;
      }
    }
  }
  return due;
}

TEST(Broker, DeliversEachTopicToThoseWhoWantIt) {
  for (const char* backend : {"pipe", "shm_ring", "unix_stream", "posix_mq", "zeromq"}) {
    const Trial trial = run_one(broker_over(backend));
    ASSERT_EQ(trial.state, State::passed) << backend << ": " << trial.reason;
    EXPECT_EQ(trial.counts.at("published"), 200) << backend;
    EXPECT_EQ(trial.counts.at("deliveries"), due({1, 3, 2, 100}, 4)) << backend;
    EXPECT_GT(trial.histograms.at("delivery").count(), 0U);
  }
}

TEST(Broker, GrowsInPublishersSubscribersAndTopics) {
  const Options large{{"senders", 5}, {"receivers", 9}, {"topics", 12}, {"count", 2000}};
  for (const char* backend : {"unix_seqpacket", "shm_ring", "zeromq"}) {
    const Trial trial = run_one(broker_over(backend, large));
    ASSERT_EQ(trial.state, State::passed) << backend << ": " << trial.reason;
    EXPECT_EQ(trial.counts.at("deliveries"), due({1, 12, 5, 2000}, 9)) << backend;
  }
  for (const char* backend : {"pipe", "zeromq"}) {
    const Trial min =
        run_one(broker_over(backend, {{"senders", 1}, {"receivers", 1}, {"topics", 1}}));
    ASSERT_EQ(min.state, State::passed) << backend << ": " << min.reason;
    EXPECT_EQ(min.counts.at("deliveries"), 100);
  }
}

TEST(Broker, CatchesEveryFault) {
  for (const char* backend : {"pipe", "zeromq"}) {
    expect_caught(broker_over(backend), "stray", "had not asked for their topic");
    expect_caught(broker_over(backend), "miss", "lost");
  }
  // Of ZeroMQ's proxy each message is one send, to all subscribers.
  for (const char* fault : {"drop:5", "duplicate:5", "swap:5", "flip:5", "truncate:5"}) {
    expect_caught(broker_over("pipe"), fault);
    expect_caught(broker_over("zeromq"), fault);
  }
}

// Subscribers ask by their first messages, for which the publishers wait.
TEST(Broker, ASpoiltOrMissingWishEndsIt) {
  for (const char* fault : {"flip:1", "truncate:1"}) {
    const Trial trial = run_one(broker_over("pipe"), fault);
    EXPECT_EQ(trial.state, State::failed) << fault << ": " << trial.reason;
    EXPECT_EQ(trial.cause, Cause::check) << fault << ": " << trial.reason;
  }
  const Trial trial = run_one(broker_over("pipe", {{"topics", 1}}), "drop:1");
  EXPECT_EQ(trial.state, State::deadlock) << trial.reason;
  EXPECT_THAT(trial.reason, HasSubstr("wait for a shared word"));
}

TEST(Broker, ASlowOneIsCorrect) {
  for (const char* fault : {"slow:100", "delay:100"}) {
    for (const char* backend : {"pipe", "zeromq"}) {
      RunSpec spec = broker_over(backend);
      spec.fault = fault;
      const Trial trial = run_one(spec);
      EXPECT_EQ(trial.state, State::passed) << backend << ", " << fault << ": " << trial.reason;
    }
  }
}

TEST(Broker, SaysWhatItCannotDo) {
  EXPECT_THAT(run_one(broker_over("pipe", {{"topics", 0}})).reason, HasSubstr("topics between"));
  EXPECT_THAT(run_one(broker_over("pipe", {{"receivers", 0}})).reason, HasSubstr("at least 1"));
}

}  // namespace
}  // namespace ipcmark::toy
