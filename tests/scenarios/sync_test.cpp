// Barriers, semaphores, events, notifications and races: what they must keep, and that breaking it
// is seen.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/launch/trials.hpp"

namespace ipcmark::toy {
namespace {

using testing::HasSubstr;

Trial run_over(const char* scenario, const char* notifier, const char* fault = "",
               std::map<std::string, std::int64_t> options = {}) {
  RunSpec spec = spec_of(scenario, "");
  spec.notifier = notifier;
  spec.fault = fault;
  spec.options = std::move(options);
  return run(spec);
}

Trial race_over(const char* lock, const char* fault = "") {
  RunSpec spec = spec_of("race", "");
  spec.lock = lock;
  spec.fault = fault;
  return run(spec);
}

TEST(Synchronisation, HoldsOverNotifiersThatCountAndThatDoNot) {
  for (const char* notifier : {"eventfd", "futex", "pipe"}) {
    for (const char* scenario : {"barrier", "event", "notify"}) {
      const Trial trial = run_over(scenario, notifier);
      ASSERT_EQ(trial.state, State::passed) << scenario << "/" << notifier << ": " << trial.reason;
    }
  }
  EXPECT_EQ(run_over("notify", "eventfd").counts.at("seen"), 2000);
  EXPECT_EQ(run_over("event", "pipe").counts.at("seen"), 80);
  EXPECT_EQ(run_over("barrier", "futex", "", {{"processes", 12}}).state, State::passed);
}

TEST(Synchronisation, ASemaphoreNeedsANotifierThatCounts) {
  const Trial trial = run_over("semaphore", "eventfd");
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_LE(trial.counts.at("most_inside"), 2);
  EXPECT_EQ(trial.counts.at("permits_left"), 2);
  const Trial other = run_over("semaphore", "futex");
  EXPECT_EQ(other.state, State::skipped);
  EXPECT_THAT(other.reason, HasSubstr("needs a notifier that counts"));
}

TEST(Condvar, LosesNoWakeUpOverLocksAndNotifiers) {
  for (const char* notifier : {"eventfd", "futex", "pipe", "condition"}) {
    const Trial trial = run_over("condvar", notifier);
    ASSERT_EQ(trial.state, State::passed) << notifier << ": " << trial.reason;
    EXPECT_EQ(trial.counts.at("taken"), 200);
    EXPECT_EQ(trial.counts.at("lost_wake_ups"), 0);
  }
  for (const char* lock : {"pthread_mutex", "posix_sem", "spin"}) {
    RunSpec spec = spec_of("condvar", "");
    spec.lock = lock;
    // One slot: producers wait as often as consumers.
    spec.options = {{"capacity", 1}, {"senders", 4}, {"receivers", 4}};
    const Trial trial = run(spec);
    ASSERT_EQ(trial.state, State::passed) << lock << ": " << trial.reason;
    EXPECT_EQ(trial.counts.at("taken"), 400);
    EXPECT_GT(trial.counts.at("wake_ups"), 0);
  }
}

TEST(Condvar, CatchesEveryFault) {
  EXPECT_THAT(run_over("condvar", "eventfd", "skip").reason, HasSubstr("wake-ups were lost"));
  EXPECT_THAT(run_over("condvar", "eventfd", "spurious").reason, HasSubstr("nobody had woken"));
  EXPECT_THAT(run_over("condvar", "eventfd", "unasked").reason, HasSubstr("nothing to take"));
}

TEST(Synchronisation, CatchesEveryFault) {
  EXPECT_THAT(run_over("barrier", "eventfd", "early").reason, HasSubstr("before all had arrived"));
  EXPECT_THAT(run_over("semaphore", "eventfd", "uncounted").reason, HasSubstr("inside at once"));
  EXPECT_THAT(run_over("event", "eventfd", "early").reason, HasSubstr("before it was set"));
  EXPECT_THAT(run_over("notify", "eventfd", "skip").reason, HasSubstr("signals were seen, not"));
}

TEST(Race, IsExactUnderALockAndCaughtWithoutOne) {
  for (const char* lock : {"pthread_mutex", "futex", "posix_sem"}) {
    const Trial trial = race_over(lock);
    ASSERT_EQ(trial.state, State::passed) << lock << ": " << trial.reason;
    EXPECT_EQ(trial.counts.at("counter_final"), 2000);
  }
  const Trial control = race_over("none");
  EXPECT_EQ(control.state, State::passed) << control.reason;
  EXPECT_GT(control.counts.at("updates_lost"), 0);
  const Trial unlocked = race_over("futex", "unlocked");
  EXPECT_EQ(unlocked.state, State::failed);
  EXPECT_THAT(unlocked.reason, HasSubstr("not 2000"));
}

TEST(Counter, SeesTwoHoldersWhereTheLockIsNotTaken) {
  RunSpec spec = spec_of("counter", "");
  spec.lock = "futex";
  const Trial locked = run(spec);
  ASSERT_EQ(locked.state, State::passed) << locked.reason;
  EXPECT_EQ(locked.counts.at("two_holders"), 0);
  spec.fault = "unlocked";
  const Trial unlocked = run(spec);
  EXPECT_EQ(unlocked.state, State::failed);
  EXPECT_GT(unlocked.counts.at("two_holders"), 0);
  EXPECT_THAT(unlocked.reason, HasSubstr("two processes held the lock at once"));
}

RunSpec naive_over(const char* backend, std::uint64_t size) {
  RunSpec spec = spec_of("large_payload", backend);
  spec.size = size;
  spec.options["protocol"] = 1;
  return spec;
}

void expect_deadlock(const Trial& trial) {
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.counts.at("deadlock_found"), 1);
  EXPECT_THAT(trial.reason, HasSubstr("left 0 in send on channel 0"));
  EXPECT_THAT(trial.reason, HasSubstr("right 1 in send on channel 1"));
}

TEST(NaiveExchange, IsDiagnosedWithinTwoSecondsAndNamesBothWaits) {
  FileNames names;
  // The soonest of them: each waits for the same two looks, and a busy machine delays some.
  double soonest_ns = 1e18;
  for (const char* backend : {"pipe", "fifo", "unix_stream"}) {
    const Trial trial = run(naive_over(backend, 1'000'000), {}, names);
    expect_deadlock(trial);
    ASSERT_NE(trial.metric("diagnosed_ns"), nullptr);
    soonest_ns = std::min(soonest_ns, trial.metric("diagnosed_ns")->value);
    RecordProperty(backend, std::to_string(trial.metric("diagnosed_ns")->value));
  }
  EXPECT_LT(soonest_ns, 2e9);
  EXPECT_FALSE(has_children());
}

TEST(NaiveExchange, SendsMoreThanAnEnlargedBufferHolds) {
  for (const char* backend : {"pipe", "unix_stream"}) {
    RunSpec spec = naive_over(backend, 20'000);  // would fit
    spec.depth = 8;
    const Trial trial = run(spec);
    EXPECT_GT(trial.granted.values.at("buffer_bytes"), 40'000);
    expect_deadlock(trial);
  }
}

TEST(NaiveExchange, ThatFitsIsNoDeadlock) {
  const Trial trial = run(naive_over("posix_mq", 20'000));
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.counts.at("deadlock_found"), 0);
  EXPECT_EQ(trial.counts.at("bytes_received"), 40'000);
}

}  // namespace
}  // namespace ipcmark::toy
