// Processes that add to one number: what a lock is for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

TEST(Counter, SeesTwoHoldersWhereTheLockIsNotTaken) {
  const Trial locked = run_one(over_lock("counter", "futex"));
  ASSERT_EQ(locked.state, State::passed) << locked.reason;
  EXPECT_EQ(locked.counts.at("two_holders"), 0);
  const Trial unlocked = run_one(over_lock("counter", "futex"), "unlocked");
  EXPECT_EQ(unlocked.state, State::failed);
  EXPECT_GT(unlocked.counts.at("two_holders"), 0);
  EXPECT_THAT(unlocked.reason, testing::HasSubstr("two processes held the lock at once"));
}

TEST(Race, IsExactUnderALockAndCaughtWithoutOne) {
  for (const char* lock : {"pthread_mutex", "futex", "posix_sem"}) {
    const Trial trial = run_one(over_lock("race", lock));
    ASSERT_EQ(trial.state, State::passed) << lock << ": " << trial.reason;
    EXPECT_EQ(trial.counts.at("counter_final"), 2000);
  }
  const Trial control = run_one(over_lock("race", "none"));
  EXPECT_EQ(control.state, State::passed) << control.reason;
  EXPECT_GT(control.counts.at("updates_lost"), 0);
  expect_caught(over_lock("race", "futex"), "unlocked", "not 2000");
}

}  // namespace
}  // namespace ipcmark::toy
