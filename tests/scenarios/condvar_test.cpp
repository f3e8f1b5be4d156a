#include <gtest/gtest.h>

#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

TEST(Condvar, LosesNoWakeUpOverLocksAndNotifiers) {
  for (const char* notifier : {"eventfd", "futex", "pipe", "condition"}) {
    const Trial trial = run_one(over_notifier("condvar", notifier));
    ASSERT_EQ(trial.state, State::passed) << notifier << ": " << trial.reason;
    EXPECT_EQ(trial.counts.at("taken"), 200);
    EXPECT_EQ(trial.counts.at("lost_wake_ups"), 0);
  }
  for (const char* lock : {"pthread_mutex", "posix_sem", "spin"}) {
    // One slot: producers wait as often as consumers.
    const Trial trial =
        run_one(over_lock("condvar", lock, {{"capacity", 1}, {"senders", 4}, {"receivers", 4}}));
    ASSERT_EQ(trial.state, State::passed) << lock << ": " << trial.reason;
    EXPECT_EQ(trial.counts.at("taken"), 400);
    EXPECT_GT(trial.counts.at("wake_ups"), 0);
  }
}

TEST(Condvar, CatchesEveryFault) {
  expect_caught(over_notifier("condvar", "eventfd"), "skip", "wake-ups were lost");
  expect_caught(over_notifier("condvar", "eventfd"), "spurious", "nobody had woken");
  expect_caught(over_notifier("condvar", "eventfd"), "unasked", "nothing to take");
}

}  // namespace
}  // namespace ipcmark::toy
