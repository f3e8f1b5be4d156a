// Barriers, semaphores, events and notifications: what they must keep, and that breaking it is
// seen.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

TEST(Synchronisation, HoldsOverNotifiersThatCountAndThatDoNot) {
  for (const char* notifier : {"eventfd", "futex", "pipe"}) {
    for (const char* scenario : {"barrier", "event", "notify"}) {
      expect_whole(over_notifier(scenario, notifier));
    }
  }
  EXPECT_EQ(run_one(over_notifier("notify", "eventfd")).counts.at("seen"), 2000);
  EXPECT_EQ(run_one(over_notifier("event", "pipe")).counts.at("seen"), 80);
  expect_whole(over_notifier("barrier", "futex", {{"processes", 12}}));
}

TEST(Synchronisation, ASemaphoreNeedsANotifierThatCounts) {
  const Trial trial = run_one(over_notifier("semaphore", "eventfd"));
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_LE(trial.counts.at("most_inside"), 2);
  EXPECT_EQ(trial.counts.at("permits_left"), 2);
  const Trial other = run_one(over_notifier("semaphore", "futex"));
  EXPECT_EQ(other.state, State::skipped);
  EXPECT_THAT(other.reason, testing::HasSubstr("needs a notifier that counts"));
}

TEST(Synchronisation, CatchesEveryFault) {
  expect_caught(over_notifier("barrier", "eventfd"), "early", "before all had arrived");
  expect_caught(over_notifier("semaphore", "eventfd"), "uncounted", "inside at once");
  expect_caught(over_notifier("event", "eventfd"), "early", "before it was set");
  expect_caught(over_notifier("notify", "eventfd"), "skip", "signals were seen, not");
}

}  // namespace
}  // namespace ipcmark::toy
