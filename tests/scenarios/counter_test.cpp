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

}  // namespace
}  // namespace ipcmark::toy
