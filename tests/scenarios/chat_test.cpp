// The chat and the calls: the seed's answer, clients that vanish, and every fault caught.
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

TEST(Chat, EightMessagesReachExactlyThoseJoined) {
  for (const char* backend : {"pipe", "unix_seqpacket", "shm_ring", "posix_mq"}) {
    const Trial trial = run_one("chat", backend);
    ASSERT_EQ(trial.state, State::passed) << backend << ": " << trial.reason;
    EXPECT_EQ(trial.counts.at("chat_messages"), 8);
    // The second messages at least are sent when all have joined, and nobody leaves before its own.
    EXPECT_GE(trial.counts.at("deliveries"), 4);
    EXPECT_LE(trial.counts.at("deliveries"), 8 * 3);
  }
}

TEST(Chat, GrowsInClientsAndMessages) {
  const Trial trial = run_one("chat", "unix_stream", "", {{"clients", 12}, {"count", 50}});
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.counts.at("chat_messages"), 600);
}

TEST(Chat, ClientsThatVanishAreNoticedAndTheRestGoesOn) {
  for (const char* backend : {"pipe", "shm_ring", "unix_stream"}) {
    const Trial trial =
        run_one("chat", backend, "", {{"clients", 6}, {"count", 40}, {"vanish", 2}});
    ASSERT_EQ(trial.state, State::passed) << backend << ": " << trial.reason;
    EXPECT_LE(trial.counts.at("vanished"), 2);
    EXPECT_GE(trial.counts.at("chat_messages"), 4 * 40);
  }
  EXPECT_FALSE(has_children());
}

TEST(Chat, CatchesEveryFault) {
  for (const char* fault : {"echo", "miss", "untold"}) {
    const Trial trial = run_one("chat", "pipe", fault);
    EXPECT_EQ(trial.state, State::failed) << fault;
    EXPECT_THAT(trial.reason, HasSubstr("of the server's log")) << fault;
  }
  for (const char* fault : {"drop:2", "duplicate:2", "swap:2", "flip:2", "truncate:2"}) {
    EXPECT_EQ(run_one("chat", "pipe", fault).state, State::failed) << fault;
  }
}

TEST(RequestReply, AnswersEveryRequestWithItsOwn) {
  for (const char* backend : {"pipe", "shm_ring", "tcp"}) {
    const Trial trial = run_one("request_reply", backend);
    ASSERT_EQ(trial.state, State::passed) << backend << ": " << trial.reason;
    EXPECT_EQ(trial.counts.at("answered"), 400);
    EXPECT_EQ(trial.histograms.at("request").count(), 400U);
  }
}

TEST(RequestReply, CatchesEveryFault) {
  const Trial trial = run_one("request_reply", "pipe", "mismatch");
  EXPECT_EQ(trial.state, State::failed);
  EXPECT_THAT(trial.reason, HasSubstr("not those to their requests"));
  for (const char* fault : {"duplicate:5", "flip:5", "truncate:5"}) {
    EXPECT_EQ(run_one("request_reply", "pipe", fault).state, State::failed) << fault;
  }
}

TEST(TaskQueue, DoesEveryTaskOnceThoughWorkersAreKilled) {
  // With few tasks those that are being killed could do all the rest before the last kill.
  for (const std::int64_t tasks : {25, 400}) {
    for (const char* backend : {"pipe", "shm_ring", "unix_stream"}) {
      const Trial trial = run_one("task_queue", backend, "", {{"count", tasks}, {"kills", 4}});
      ASSERT_EQ(trial.state, State::passed) << backend << ": " << trial.reason;
      EXPECT_EQ(trial.counts.at("tasks_done"), tasks);
      EXPECT_EQ(trial.counts.at("workers_killed"), 4) << backend << ", " << tasks << " tasks";
    }
  }
  EXPECT_FALSE(has_children());
}

TEST(TaskQueue, RunsWithoutKillsToo) {
  const Trial trial = run_one("task_queue", "pipe", "", {{"kills", 0}});
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.counts.at("given_again"), 0);
}

TEST(TaskQueue, CatchesEveryFault) {
  EXPECT_THAT(run_one("task_queue", "pipe", "done_twice").reason, HasSubstr("results were used"));
  for (const char* fault : {"flip:5", "truncate:5"}) {
    EXPECT_EQ(run_one("task_queue", "pipe", fault).state, State::failed) << fault;
  }
}

}  // namespace
}  // namespace ipcmark::toy
