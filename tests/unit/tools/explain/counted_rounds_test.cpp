#include "tools/explain/counted_rounds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ipcmark {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::size_t looks = 2;

// So many rounds of quiet trials, each with canaries of 150 ns before and after.
Cell quiet_cell(std::uint32_t rounds) {
  Cell cell;
  cell.spec.scenario = "latency";
  cell.spec.placement = Placement::cross_cpu;
  for (std::uint32_t round = 0; round < rounds; ++round) {
    for (std::size_t look = 0; look < looks; ++look) {
      Trial& trial = cell.trials.emplace_back();
      trial.round = round;
      trial.canary = {150, 151, 1000, 1000, false, {0, 1}};
    }
  }
  return cell;
}

TEST(CountedRounds, AreAllWhereTheMachineWasQuiet) {
  const auto counted = counted_rounds({quiet_cell(3)}, looks);
  EXPECT_THAT(counted, ElementsAre(ElementsAre(0, 1, 2)));
}

TEST(CountedRounds, LeaveOutOneOfWhichATrialWasNotQuiet) {
  Cell cell = quiet_cell(3);
  cell.trials[3].canary.unsteady = true;
  EXPECT_THAT(counted_rounds({cell}, looks), ElementsAre(ElementsAre(0, 2)));
}

TEST(CountedRounds, LeaveOutOneInAnotherStateOfTheMachine) {
  Cell cell = quiet_cell(4);
  cell.trials[0].canary = {600, 600, 1000, 1000, false, {0, 1}};
  cell.trials[1].canary = {600, 600, 1000, 1000, false, {0, 1}};
  EXPECT_THAT(counted_rounds({cell}, looks), ElementsAre(ElementsAre(1, 2, 3)));
}

TEST(CountedRounds, LeaveOutOneThatLacksATrial) {
  Cell cell = quiet_cell(3);
  cell.trials.pop_back();
  EXPECT_THAT(counted_rounds({cell}, looks), ElementsAre(ElementsAre(0, 1)));
}

TEST(CountedRounds, AreThoseOfEachCell) {
  Cell moved = quiet_cell(2);
  for (Trial& trial : moved.trials) trial.canary.unsteady = true;
  const auto counted = counted_rounds({quiet_cell(2), moved}, looks);
  EXPECT_THAT(counted, ElementsAre(ElementsAre(0, 1), IsEmpty()));
}

TEST(CountedRounds, AreAllWhereNobodyCouldLook) {
  Cell cell = quiet_cell(2);
  for (Trial& trial : cell.trials) trial.canary = {};
  EXPECT_THAT(counted_rounds({cell}, looks), ElementsAre(ElementsAre(0, 1)));
}

}  // namespace
}  // namespace ipcmark
