#include "results/comparison/pairing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "results/comparison/comparison.hpp"
#include "tests/unit/results/empty_document.hpp"
#include "tests/unit/results/sample_comparison.hpp"

namespace ipcmark {
namespace {

TEST(Comparison, OfTwoStatesTheOneThatBothSawMostIsTaken) {
  Cell base = sample_latency("pipe", 1000, 0.02, 0);
  Cell candidate = sample_latency("pipe", 1000, 0.02, 3);
  for (std::size_t i = 0; i < 12; ++i) base.trials[i].canary = {550, 560, 1, 1, false};
  for (std::size_t i = 0; i < 15; ++i) candidate.trials[i].canary = {540, 550, 1, 1, false};
  base.trials[12].canary = {150, 550, 1, 1, true};       // moved: no trial to compare
  candidate.trials[15].canary = {300, 310, 1, 1, true};  // a reading that would join both states
  const SharedState shared = shared_state(base, candidate, {});
  EXPECT_EQ(shared.base.size(), 12U);
  EXPECT_EQ(shared.candidate.size(), 15U);
  for (const Trial* trial : shared.base) {
    EXPECT_NEAR(trial->canary.core_to_core_before_ns, 550, 10);
  }
  EXPECT_EQ(shared.unfinished, 0U);
  EXPECT_EQ(shared.elsewhere, 8U + 5U);  // those that saw it change included
}

TEST(Comparison, OfOtherCpusEachSideHasItsOwnState) {
  Cell base = sample_latency("pipe", 1000, 0.02, 0);
  Cell candidate = sample_latency("pipe", 1000, 0.02, 3);
  for (Trial& trial : candidate.trials) trial.canary = {80, 81, 1, 1, false};
  for (std::size_t i = 0; i < 5; ++i) base.trials[i].canary = {550, 560, 1, 1, false};
  EXPECT_TRUE(shared_state(base, candidate, {}).base.empty());
  const Cell* const again[] = {&base};
  const SharedState own = shared_state(base, candidate, again, true);
  EXPECT_EQ(own.base.size(), 15U);
  EXPECT_EQ(own.candidate.size(), 20U);
  ASSERT_EQ(own.repeats.size(), 1U);
  EXPECT_EQ(own.repeats[0].size(), 15U);
  EXPECT_EQ(own.elsewhere, 5U);
  ComparisonOptions options;
  options.other_cpus = true;
  const Comparison comparison =
      compare_cells({{"KEY", &base, &candidate, {}}}, built_in_catalogue(), options);
  EXPECT_EQ(comparison.count(Verdict::too_few_rounds), 0U);
}

TEST(Comparison, RoundsArePairedByTheirNumberAndState) {
  Cell base = sample_latency("pipe", 1000, 0.02, 0, 6);
  Cell candidate = sample_latency("pipe", 1200, 0.02, 0, 6);
  std::swap(candidate.trials[0], candidate.trials[5]);  // stored in another order
  base.trials[1].steady = false;                        // an outcome of its build: it counts
  base.trials[2].state = State::interrupted;
  candidate.trials[3].canary = {550, 550, 1, 1, false};
  candidate.trials.erase(candidate.trials.begin() + 4);
  const Rounds rounds = pair_rounds(base, candidate);
  EXPECT_EQ(rounds.unfinished, 2U);
  ASSERT_EQ(rounds.moved.size(), 1U);
  EXPECT_EQ(rounds.moved[0].round, base.trials[3].round);
  ASSERT_EQ(rounds.pairs.size(), 3U);
  for (const TrialPair& pair : rounds.pairs) EXPECT_EQ(pair.base->round, pair.candidate->round);
}

// Two cores and two sockets answer differently, and one CPU has no other to ask: that is no state
// of the machine, and voids no round.
TEST(Comparison, ThePlacementsOfTheTwoSidesAreNoStates) {
  Cell base = sample_latency("pipe", 1000, 0.02, 0, 6);
  for (Trial& trial : base.trials) trial.canary = {150, 151, 1, 1, false, {0, 1}};
  const Canary far{600, 602, 1, 1, false, {0, 2}};
  const Canary alone{0, 0, 1, 1, false, {0}};
  for (const Canary& canary : {far, alone}) {
    Cell candidate = sample_latency("pipe", 1200, 0.02, 0, 6);
    for (Trial& trial : candidate.trials) trial.canary = canary;
    EXPECT_EQ(pair_rounds(base, candidate).pairs.size(), 6U);
    // Each side's own changes count.
    candidate.trials[2].canary.unsteady = true;
    base.trials[3].canary = {150, 0, 1, 1, false, {0, 1}};
    EXPECT_EQ(pair_rounds(base, candidate).pairs.size(), 4U);
    EXPECT_EQ(pair_rounds(base, candidate).moved.size(), 2U);
    base.trials[3].canary = base.trials[0].canary;
  }
  // The same pair in another state is one.
  Cell candidate = sample_latency("pipe", 1200, 0.02, 0, 6);
  for (Trial& trial : candidate.trials) trial.canary = {600, 602, 1, 1, false, {0, 1}};
  EXPECT_EQ(pair_rounds(base, candidate).moved.size(), 6U);
}

TEST(Comparison, AMovedRoundIsChargedToTheSideThatRanLast) {
  Cell base = sample_latency("pipe", 1000, 0.02, 0, 4);
  Cell candidate = sample_latency("pipe", 1000, 0.02, 0, 4);
  for (std::size_t i = 0; i < 4; ++i) {
    const bool base_first = i % 2 == 0;
    base.trials[i].position = base_first ? 0 : 1;
    candidate.trials[i].position = base_first ? 1 : 0;
  }
  base.trials[0].canary = {150, 550, 1, 1, true};       // during the first of the two
  candidate.trials[1].canary = {150, 550, 1, 1, true};  // likewise: it ran first here
  candidate.trials[2].canary = {150, 550, 1, 1, true};  // during the second
  candidate.trials[3].canary = {150, 150, 1, 1, false};
  base.trials[3].canary = {550, 550, 1, 1, false};  // between them: found after the second
  const Rounds rounds = pair_rounds(base, candidate);
  ASSERT_EQ(rounds.moved.size(), 4U);
  EXPECT_EQ(rounds.moved[0].last, AbSide::a);
  EXPECT_EQ(rounds.moved[1].last, AbSide::b);
  EXPECT_EQ(rounds.moved[2].last, AbSide::b);
  EXPECT_EQ(rounds.moved[3].last, AbSide::a);
}

TEST(Comparison, VoidRoundsAreLackingAndFailedOnesAreNot) {
  Cell base = sample_latency("pipe", 1000, 0.02, 0, 12);
  Cell candidate = sample_latency("pipe", 1000, 0.02, 0, 12);
  EXPECT_EQ(rounds_lacking(base, candidate, 12), 0U);
  base.trials[3].canary = {150, 550, 1, 1, true};
  candidate.trials[5].canary = {150, 550, 1, 1, true};
  candidate.trials[6].cause = Cause::void_round;
  candidate.trials[6].state = State::interrupted;
  candidate.trials[8].state = State::failed;
  candidate.trials[9].steady = false;
  EXPECT_EQ(rounds_lacking(base, candidate, 12), 3U);
  EXPECT_EQ(rounds_lacking(base, candidate, 9), 0U);
}

TEST(Comparison, DeclaredRoundsAreNoUnfinishedOnes) {
  Cell base = sample_latency("pipe", 1000, 0.02, 0, 4);
  const Cell candidate = sample_latency("pipe", 1000, 0.02, 0, 4);
  base.trials[2].state = State::interrupted;
  base.trials[2].cause = Cause::void_round;
  const Rounds rounds = pair_rounds(base, candidate);
  EXPECT_EQ(rounds.unfinished, 0U);
  EXPECT_EQ(rounds.pairs.size(), 3U);
}

std::vector<int> with_cpus(Cell& cell, std::vector<int> cpus) {
  for (Trial& trial : cell.trials) trial.canary = {150, 151, 1, 1, false, cpus};
  return cpus;
}

// One reading of both would be that of two pairs: no state of either.
TEST(Comparison, StoredResultsOfOtherPairsOfCpusAreNotJoined) {
  Cell base = sample_latency("pipe", 1000, 0.02, 0);
  Cell candidate = sample_latency("pipe", 1300, 0.02, 3);
  const std::vector<int> ours = with_cpus(base, {0, 1});
  const std::vector<int> theirs = with_cpus(candidate, {2, 5});
  const SharedState shared = shared_state(base, candidate, {});
  EXPECT_TRUE(shared.base.empty());
  EXPECT_TRUE(shared.candidate.empty());
  EXPECT_EQ(shared.base_cpus, ours);
  EXPECT_EQ(shared.candidate_cpus, theirs);
  const Comparison comparison =
      compare_cells({{"KEY", &base, &candidate, {}}}, built_in_catalogue(), {});
  EXPECT_EQ(comparison.count(Verdict::regression), 0U);
  ASSERT_GT(comparison.count(Verdict::too_few_rounds), 0U);
  const auto row = std::find_if(comparison.figures.begin(), comparison.figures.end(),
                                [](const auto& each) { return each.is(Verdict::too_few_rounds); });
  EXPECT_NE(row->note.find("the base watched 0 and 1, those of the candidate 2 and 5"),
            std::string::npos)
      << row->note;
  // On the same pair they are, and so are the repeats that watched it.
  with_cpus(candidate, {0, 1});
  Cell elsewhere = base;
  with_cpus(elsewhere, {0, 2});
  const Cell* const again[] = {&base, &elsewhere};
  const SharedState same = shared_state(base, candidate, again);
  EXPECT_EQ(same.base.size(), 20U);
  EXPECT_EQ(same.candidate.size(), 20U);
  EXPECT_TRUE(same.base_cpus.empty());
  ASSERT_EQ(same.repeats.size(), 2U);
  EXPECT_EQ(same.repeats[0].size(), 20U);
  EXPECT_TRUE(same.repeats[1].empty());
}

// A build that did not name its pair took it from the placement, which is the same.
TEST(Comparison, WhatAnOlderResultDidNotNameDoesNotCountAgainstIt) {
  Cell base = sample_latency("pipe", 1000, 0.02, 0);
  Cell candidate = sample_latency("pipe", 1000, 0.02, 3);
  with_cpus(base, {});
  with_cpus(candidate, {0, 1});
  EXPECT_EQ(shared_state(base, candidate, {}).base.size(), 20U);
  for (Trial& trial : candidate.trials) trial.canary.others = {{{0, 2}, 700, 701}};
  with_cpus(base, {0, 1});
  EXPECT_EQ(shared_state(base, candidate, {}).candidate.size(), 20U);
}

TEST(Comparison, AStateIsThatOfAllPairsOfACell) {
  Cell base = sample_latency("pipe", 1000, 0.02, 0, 6);
  with_cpus(base, {0, 1});
  for (Trial& trial : base.trials) trial.canary.others = {{{0, 2}, 200, 201}};
  Cell candidate = base;
  candidate.trials[1].canary.others[0] = {{0, 2}, 900, 901};
  candidate.trials[4].canary.others[0].after_ns = 0;
  const Rounds rounds = pair_rounds(base, candidate);
  EXPECT_EQ(rounds.pairs.size(), 4U);
  EXPECT_EQ(rounds.moved.size(), 2U);
  const SharedState shared = shared_state(base, candidate, {});
  EXPECT_EQ(shared.base.size(), 6U);
  EXPECT_EQ(shared.candidate.size(), 4U);
}

// Not even where the other side's was quiet.
TEST(Comparison, ARoundInWhichNobodyLookedAtOneSideIsVoid) {
  Cell base = sample_latency("pipe", 1000, 0.02, 0, 6);
  Cell candidate = sample_latency("pipe", 1000, 0.02, 0, 6);
  with_cpus(base, {0, 1});
  with_cpus(candidate, {0, 1});
  candidate.trials[2].canary = {};
  EXPECT_EQ(pair_rounds(base, candidate).moved.size(), 1U);
  for (Trial& trial : base.trials) trial.canary = {};
  for (Trial& trial : candidate.trials) trial.canary = {};
  EXPECT_EQ(pair_rounds(base, candidate).pairs.size(), 6U) << "nobody looked at any";
}

}  // namespace
}  // namespace ipcmark
