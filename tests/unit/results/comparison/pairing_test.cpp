#include "results/comparison/pairing.hpp"

#include <gtest/gtest.h>

#include <utility>

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
  EXPECT_NEAR(shared.state_ns, 550, 10);
  EXPECT_EQ(shared.unusable, 2U);
  EXPECT_EQ(shared.elsewhere, 7U + 4U);
}

TEST(Comparison, RoundsArePairedByTheirNumberAndState) {
  Cell base = sample_latency("pipe", 1000, 0.02, 0, 6);
  Cell candidate = sample_latency("pipe", 1200, 0.02, 0, 6);
  std::swap(candidate.trials[0], candidate.trials[5]);  // stored in another order
  base.trials[1].steady = false;
  base.trials[2].state = State::interrupted;
  candidate.trials[3].canary = {550, 550, 1, 1, false};
  candidate.trials.erase(candidate.trials.begin() + 4);
  const Rounds rounds = pair_rounds(base, candidate);
  EXPECT_EQ(rounds.unusable, 3U);
  EXPECT_EQ(rounds.apart, 1U);
  ASSERT_EQ(rounds.pairs.size(), 2U);
  for (const TrialPair& pair : rounds.pairs) EXPECT_EQ(pair.base->round, pair.candidate->round);
}

}  // namespace
}  // namespace ipcmark
