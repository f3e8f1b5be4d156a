// How stress judges what it saw.
#include "tools/stress/stress.hpp"

#include <gtest/gtest.h>

namespace ipcmark {
namespace {

StressTrial trial_of(Disturbance disturbance, bool delivered, State state) {
  StressTrial trial;
  trial.spec.scenario = "latency";
  trial.spec.backend = "pipe";
  trial.disturbance = disturbance;
  trial.delivered = delivered;
  trial.trial.state = state;
  trial.took_ns = 1;
  trial.limit_ns = 2;
  return trial;
}

StressVerdict judged(const StressTrial& trial) {
  StressVerdict verdict;
  judge(trial, verdict);
  EXPECT_EQ(verdict.trials, 1U);
  return verdict;
}

TEST(Stress, UndisturbedTrialsHaveToPass) {
  EXPECT_EQ(judged(trial_of(Disturbance::none, false, State::passed)).passed, 1U);
  const auto failed = judged(trial_of(Disturbance::none, false, State::failed));
  EXPECT_EQ(failed.failed, 1U);
  EXPECT_FALSE(failed.good());
  EXPECT_EQ(failed.reasons.size(), 1U);
  EXPECT_FALSE(judged(trial_of(Disturbance::kill, false, State::deadlock)).good());
}

TEST(Stress, AKillIsExpectedToEndTheTrialAndNoMore) {
  for (const auto state : {State::failed, State::passed}) {
    const auto verdict = judged(trial_of(Disturbance::kill, true, state));
    EXPECT_EQ(verdict.killed, 1U);
    EXPECT_EQ(verdict.killed_by_watchdog, 0U);
    EXPECT_TRUE(verdict.good());
  }
  const auto late = judged(trial_of(Disturbance::kill, true, State::timeout));
  EXPECT_EQ(late.killed_by_watchdog, 1U);
  EXPECT_TRUE(late.good());
}

TEST(Stress, ASurvivorOfAKillIsGivenNothingThatWasNotSent) {
  auto trial = trial_of(Disturbance::kill, true, State::failed);
  trial.trial.integrity.checked = 100;
  trial.trial.integrity.lost = 5;
  EXPECT_TRUE(judged(trial).good()) << "what its death lost";
  for (const auto count : {&Integrity::corrupted, &Integrity::duplicated, &Integrity::reordered,
                           &Integrity::wrong_length}) {
    auto wrong = trial;
    wrong.trial.integrity.*count = 5;
    const auto verdict = judged(wrong);
    EXPECT_EQ(verdict.damaged, 1U);
    EXPECT_EQ(verdict.killed, 0U);
    EXPECT_FALSE(verdict.good());
    ASSERT_EQ(verdict.reasons.size(), 1U);
    EXPECT_NE(verdict.reasons.begin()->first.find("a survivor: messages: 5"), std::string::npos);
  }
}

TEST(Stress, EndsNoTrialThatMoves) {
  EXPECT_GE(stress_limits().trial_ns, 600'000'000'000U);
  EXPECT_LE(stress_limits().no_progress_ns, 1'000'000'000U);
}

TEST(Stress, AStopHasToPass) {
  EXPECT_TRUE(judged(trial_of(Disturbance::stop, true, State::passed)).good());
  const auto verdict = judged(trial_of(Disturbance::stop, true, State::deadlock));
  EXPECT_EQ(verdict.stopped_failed, 1U);
  EXPECT_FALSE(verdict.good());
}

TEST(Stress, HangsAndLeftoversAreNeverFine) {
  auto hung = trial_of(Disturbance::kill, true, State::failed);
  hung.took_ns = hung.limit_ns + 1;
  EXPECT_FALSE(judged(hung).good());
  auto left = trial_of(Disturbance::kill, true, State::failed);
  left.leftovers = {"posix_shm ipcmark.a.1"};
  EXPECT_FALSE(judged(left).good());
  EXPECT_EQ(judged(left).reasons.size(), 1U);
}

TEST(Stress, UnknownNamesAreRefusedWithASuggestion) {
  Program program;
  BackendEntry pipe{};
  pipe.name = "pipe";
  program.registry.backends.push_back(pipe);
  auto manifest = Manifest::create();
  ASSERT_TRUE(manifest);
  StressObserver observer;
  StressOptions options;
  options.backends = {"pype"};
  const auto report = run_stress(program, options, **manifest, observer);
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().find("pipe"), std::string::npos) << report.error();
  options.backends = {"pipe"};
  EXPECT_FALSE(run_stress(program, options, **manifest, observer));  // no scenario: nothing to run
}

}  // namespace
}  // namespace ipcmark
