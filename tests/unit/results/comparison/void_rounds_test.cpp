#include "results/comparison/void_rounds.hpp"

#include <gtest/gtest.h>

#include <map>

#include "tests/unit/results/sample_comparison.hpp"

namespace ipcmark {
namespace {

TEST(VoidRounds, OnlyForReasonsDeclaredBeforehand) {
  RoundWitness quiet;
  EXPECT_FALSE(why_void(quiet));
  RoundWitness stolen = quiet;
  stolen.steal = 0.2;
  ASSERT_TRUE(why_void(stolen));
  EXPECT_NE(why_void(stolen)->reason.find("20 %"), std::string::npos);
  EXPECT_EQ(why_void(stolen)->why, VoidReason::steal);
  stolen.steal = 0.04;
  EXPECT_FALSE(why_void(stolen));
  RoundWitness throttled = quiet;
  throttled.throttled = 1.6;  // on two CPUs
  ASSERT_TRUE(why_void(throttled));
  EXPECT_EQ(why_void(throttled)->why, VoidReason::throttled);
  EXPECT_NE(why_void(throttled)->reason.find("quota"), std::string::npos);
  EXPECT_NE(why_void(throttled)->reason.find(" 100 %"), std::string::npos);
  throttled.throttled = 0.04;
  EXPECT_FALSE(why_void(throttled));
  RoundWitness asleep = quiet;
  asleep.suspended_ns = 3'000'000'000;
  ASSERT_TRUE(why_void(asleep));
  EXPECT_EQ(why_void(asleep)->why, VoidReason::suspended);
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
  EXPECT_TRUE(base.trials[3].reason.starts_with("void round: "));
  EXPECT_FALSE(base.trials[3].metrics.empty() && base.trials[3].histograms.empty());
  const auto round = base.trials[3].round;
  for (const Trial& trial : candidate.trials) {
    EXPECT_EQ(trial.state == State::interrupted, trial.round == round);
  }
  EXPECT_EQ(voids[0].key, "cell");
  EXPECT_EQ(declare_void(base, candidate, "cell", witnesses).size(), 1U) << "again: the same";
}

TEST(VoidRounds, AFailedTrialIsAFailureOfItsSideWhateverEndedIt) {
  for (const Cause cause : {Cause::killed, Cause::crash, Cause::check}) {
    Cell base = sample_latency("pipe", 20000, 0.02, 1);
    Cell candidate = sample_latency("pipe", 20000, 0.02, 2);
    Trial& failed = candidate.trials[5];
    failed.state = State::failed;
    failed.cause = cause;
    failed.reason = "receiver 1 killed by SIGKILL in stage run after 3 messages";
    EXPECT_TRUE(declare_void(base, candidate, "cell", {}).empty());
    EXPECT_EQ(failed.state, State::failed);
    // Not even where the round is void for another reason.
    std::map<std::uint32_t, RoundWitness> witnesses;
    witnesses[failed.round].steal = 0.5;
    EXPECT_EQ(declare_void(base, candidate, "cell", witnesses).size(), 1U);
    EXPECT_EQ(failed.state, State::failed);
    EXPECT_EQ(failed.cause, cause);
  }
}

TEST(VoidRounds, ATrialThatCameBackVoidMakesItsRoundVoid) {
  Cell base = sample_latency("pipe", 20000, 0.02, 1);
  Cell candidate = sample_latency("pipe", 20000, 0.02, 2);
  Trial& given_up = candidate.trials[5];
  given_up.state = State::interrupted;
  given_up.cause = Cause::void_round;
  given_up.reason = "void: it was stopped for 8 s";
  for (const char* turn : {"once", "again: the same"}) {
    const auto voids = declare_void(base, candidate, "cell", {});
    ASSERT_EQ(voids.size(), 1U) << turn;
    EXPECT_EQ(voids[0].round, given_up.round);
    EXPECT_EQ(voids[0].why, VoidReason::trial);
    EXPECT_EQ(voids[0].reason, "it was stopped for 8 s");
    EXPECT_EQ(voids[0].last, AbSide::b);
    EXPECT_EQ(base.trials[5].cause, Cause::void_round);
  }
}

TEST(VoidRounds, AreCountedByTheSideThatRanLastAndAnExcessIsSaid) {
  const auto voids = [](unsigned base, unsigned candidate) {
    std::vector<VoidRound> made;
    for (unsigned i = 0; i < base + candidate; ++i) {
      made.push_back({"cell", i, i % 2 == 0 ? VoidReason::state : VoidReason::steal, "reason",
                      i < base ? AbSide::a : AbSide::b});
    }
    return made;
  };
  EXPECT_TRUE(void_notes({}).empty());
  const auto even = void_notes(voids(5, 7));
  ASSERT_EQ(even.size(), 1U);
  EXPECT_NE(even[0].find("12 rounds"), std::string::npos) << even[0];
  EXPECT_NE(even[0].find("could not be observed (6)"), std::string::npos) << even[0];
  EXPECT_NE(even[0].find("last in 5, the candidate's in 7"), std::string::npos) << even[0];
  const auto lopsided = void_notes(voids(1, 14));
  ASSERT_EQ(lopsided.size(), 2U);
  EXPECT_NE(lopsided[1].find("the candidate's trials than chance"), std::string::npos);
  EXPECT_EQ(void_notes(voids(0, 5)).size(), 1U) << "two of 32 outcomes are no more probable";
}

}  // namespace
}  // namespace ipcmark
