#include "results/comparison/void_rounds.hpp"

#include <gtest/gtest.h>

#include <map>

#include "tests/unit/results/sample_comparison.hpp"

namespace ipcmark {
namespace {

TEST(VoidRounds, OnlyForReasonsDeclaredBeforehand) {
  RoundWitness quiet;
  quiet.elapsed_ns = 200'000'000;
  EXPECT_EQ(why_void(quiet), "");
  RoundWitness stolen = quiet;
  stolen.steal = 0.2;
  EXPECT_NE(why_void(stolen).find("20 %"), std::string::npos);
  stolen.steal = 0.04;
  EXPECT_EQ(why_void(stolen), "");
  RoundWitness asleep = quiet;
  asleep.suspended_ns = 3'000'000'000;
  EXPECT_NE(why_void(asleep).find("suspended"), std::string::npos);
}

TEST(VoidRounds, CountForNothingOnBothSides) {
  Cell base = sample_latency("pipe", 20000, 0.02, 1);
  Cell candidate = sample_latency("pipe", 20000, 0.02, 2);
  std::map<std::uint32_t, RoundWitness> witnesses;
  witnesses[base.trials[3].round].steal = 0.5;
  const auto voids = declare_void(base, candidate, "cell", witnesses);
  ASSERT_EQ(voids.size(), 1U);
  EXPECT_EQ(voids[0].round, base.trials[3].round);
  EXPECT_EQ(base.trials[3].state, State::interrupted);
  EXPECT_TRUE(base.trials[3].reason.starts_with("void: "));
  EXPECT_FALSE(base.trials[3].metrics.empty() && base.trials[3].histograms.empty());
  const auto round = base.trials[3].round;
  for (const Trial& trial : candidate.trials) {
    EXPECT_EQ(trial.state == State::interrupted, trial.round == round);
  }
  EXPECT_NE(void_note(voids).find("A round is void"), std::string::npos);
}

TEST(VoidRounds, OneWorkerKilledIsBadLuckManyAreAFailure) {
  Cell base = sample_latency("pipe", 20000, 0.02, 1);
  Cell candidate = sample_latency("pipe", 20000, 0.02, 2);
  const auto kill = [](Trial& trial) {
    trial.state = State::failed;
    trial.cause = Cause::killed;
    trial.reason = "receiver 1 killed by SIGKILL in stage run after 3 messages";
  };
  kill(candidate.trials[5]);
  Cell bad_base = base;
  Cell bad_candidate = candidate;
  EXPECT_EQ(declare_void(base, candidate, "cell", {}).size(), 1U);
  EXPECT_EQ(candidate.trials[5].state, State::interrupted);
  for (std::size_t i = 0; i < 6; ++i) kill(bad_candidate.trials[i]);
  EXPECT_TRUE(declare_void(bad_base, bad_candidate, "cell", {}).empty());
  EXPECT_EQ(bad_candidate.trials[5].state, State::failed);
  // A crash is never anybody else's doing.
  bad_candidate = bad_base;
  bad_candidate.trials[0].state = State::failed;
  bad_candidate.trials[0].reason = "receiver 1 killed by SIGSEGV in stage run";
  EXPECT_TRUE(declare_void(bad_base, bad_candidate, "cell", {}).empty());
}

}  // namespace
}  // namespace ipcmark
