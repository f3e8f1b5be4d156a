// Boards in shared memory under a lock, and one that a manager keeps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

TEST(ScoreboardScenario, ShowsExactlyWhatWasAwardedInBothForms) {
  const Trial shared = run_one(over_lock("scoreboard", "pthread_mutex"));
  ASSERT_EQ(shared.state, State::passed) << shared.reason;
  for (const char* backend : {"pipe", "shm_ring", "unix_seqpacket", "posix_mq"}) {
    const Trial sent = run_one(over_backend("scoreboard", backend));
    ASSERT_EQ(sent.state, State::passed) << backend << ": " << sent.reason;
    // The same seed gives the same game.
    EXPECT_EQ(sent.counts.at("points"), shared.counts.at("points"));
    EXPECT_EQ(sent.histograms.at("award").count(), 20U);
    EXPECT_GE(sent.counts.at("looks"), 2);
    EXPECT_GT(sent.metric("cpu_per_award")->value, 0);
    EXPECT_GT(sent.metric("rate")->value, 0);
  }
  EXPECT_EQ(shared.histograms.at("award").count(), 20U);
  EXPECT_EQ(shared.counts.at("points"), shared.counts.at("points_awarded"));
}

TEST(ScoreboardScenario, TakesManyPlayers) {
  const Options many{{"processes", 32}, {"count", 20}};
  for (const char* lock : {"futex", "posix_sem"}) {
    const Trial trial = run_one(over_lock("scoreboard", lock, many));
    ASSERT_EQ(trial.state, State::passed) << lock << ": " << trial.reason;
    EXPECT_EQ(trial.histograms.at("award").count(), 640U);
  }
  const Trial sent = run_one(over_backend("scoreboard", "unix_stream", many));
  ASSERT_EQ(sent.state, State::passed) << sent.reason;
  EXPECT_EQ(sent.histograms.at("award").count(), 640U);
}

TEST(ScoreboardScenario, RefusesTheLockThatDoesNotExclude) {
  const Trial trial = run_one(over_lock("scoreboard", "none"));
  EXPECT_EQ(trial.state, State::skipped);
  EXPECT_THAT(trial.reason, testing::HasSubstr("needs a lock that excludes"));
}

TEST(ScoreboardScenario, CatchesEveryFaultUnderALock) {
  const auto caught = [](const char* fault, const char* reason) {
    expect_caught(over_lock("scoreboard", "futex"), fault, reason);
  };
  caught("lost", "were awarded");
  caught("duplicated", "were awarded");
  caught("torn", "never true as a whole");
  caught("backwards", "gone back");
  caught("unsorted", "out of order");
  caught("unlocked", "were awarded");
}

TEST(ScoreboardScenario, CatchesEveryFaultOfTheManager) {
  const auto caught = [](const char* fault, const char* reason) {
    expect_caught(over_backend("scoreboard", "pipe"), fault, reason);
  };
  caught("lost", "were awarded");
  caught("duplicated", "were awarded");
  caught("torn", "never true as a whole");
  caught("backwards", "gone back");
  caught("unsorted", "out of order");
  for (const char* fault : {"duplicate:2", "flip:2", "truncate:2"}) {
    expect_caught(over_backend("scoreboard", "pipe"), fault);
  }
}

}  // namespace
}  // namespace ipcmark::toy
