#include "results/figures/machine_states.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <utility>
#include <vector>

#include "results/figures/summary.hpp"
#include "tests/unit/results/empty_document.hpp"

namespace ipcmark {
namespace {

constexpr Canary fast{150, 152, 1000, 1000, false};
constexpr Canary slow{550, 553, 1000, 1000, false};
constexpr Canary moved{150, 550, 1000, 1000, true};

// A cell of trials that saw these states of the machine; their rates are 1, 2, 3, …
Cell cell_in(const std::vector<Canary>& canaries) {
  Cell cell;
  for (const Canary& canary : canaries) {
    Trial& trial = cell.trials.emplace_back();
    trial.canary = canary;
    trial.metrics = {
        {"rate", static_cast<double>(cell.trials.size()), Unit::messages_per_second, 10}};
  }
  return cell;
}

ResultDocument document_of(std::vector<Cell> cells) {
  ResultDocument document = empty_document();
  document.cells = std::move(cells);
  return document;
}

TEST(MachineView, TheStateOfMostTrialsIsOneForAllCells) {
  // The second cell alone would choose the slow state.
  const ResultDocument document = document_of({cell_in({fast, slow, fast, fast, slow, fast}),
                                               cell_in({slow, fast, slow, slow, fast, slow}),
                                               cell_in({fast, fast, fast, moved, fast, fast})});
  const MachineView machine(document);
  ASSERT_EQ(machine.states_ns().size(), 2U);
  EXPECT_NEAR(machine.published_ns(), 151, 1);
  for (const Cell& cell : document.cells) {
    const Summary summary = summarize(cell, machine, built_in_catalogue());
    EXPECT_TRUE(summary.comparable);
    EXPECT_EQ(summary.machine_state_ns, machine.published_ns());
  }
  const Summary interleaved = summarize(document.cells[1], machine, built_in_catalogue());
  EXPECT_EQ(interleaved.published, 2U);
  EXPECT_EQ(interleaved.left_out, 4U);
  EXPECT_EQ(interleaved.figure("rate")->low, 2);
  EXPECT_EQ(interleaved.figure("rate")->high, 5);
  EXPECT_EQ(summarize(document.cells[2], machine, built_in_catalogue()).left_out, 1U);
}

TEST(MachineView, ACellOfAnotherStateIsPublishedButNotComparable) {
  const ResultDocument document =
      document_of({cell_in({fast, fast, fast, fast}), cell_in({slow, slow, slow}),
                   cell_in({fast, slow, slow, slow}), cell_in({moved, moved, fast})});
  const MachineView machine(document);
  const Summary elsewhere = summarize(document.cells[1], machine, built_in_catalogue());
  EXPECT_FALSE(elsewhere.comparable);
  EXPECT_NEAR(elsewhere.machine_state_ns, 551, 2);
  EXPECT_EQ(elsewhere.published, 3U);
  const Summary one_trial_there = summarize(document.cells[2], machine, built_in_catalogue());
  EXPECT_FALSE(one_trial_there.comparable);
  EXPECT_EQ(one_trial_there.published, 3U);
  EXPECT_EQ(one_trial_there.figure("rate")->low, 2);
  const Summary mixed = summarize(document.cells[3], machine, built_in_catalogue());
  EXPECT_FALSE(mixed.comparable);
  EXPECT_EQ(mixed.machine_state_ns, 0);
  EXPECT_EQ(mixed.published, 3U);
}

TEST(MachineView, OneTrialIsEnoughWhereOneIsAll) {
  const ResultDocument document = document_of({cell_in({fast}), cell_in({fast}), cell_in({slow})});
  const MachineView machine(document);
  EXPECT_TRUE(summarize(document.cells[1], machine, built_in_catalogue()).comparable);
  const Summary elsewhere = summarize(document.cells[2], machine, built_in_catalogue());
  EXPECT_FALSE(elsewhere.comparable);
  EXPECT_NEAR(elsewhere.machine_state_ns, 551, 2);
}

TEST(MachineView, WithoutCanariesAllTrialsArePublished) {
  const ResultDocument document = document_of({cell_in({fast, fast}), cell_in({{}, {}, {}})});
  const Summary summary = summarize(document.cells[1], MachineView(document), built_in_catalogue());
  EXPECT_TRUE(summary.comparable);
  EXPECT_EQ(summary.machine_state_ns, 0);
  EXPECT_EQ(summary.published, 3U);
  EXPECT_TRUE(MachineView(document_of({cell_in({{}, {}})})).states_ns().empty());
}

TEST(MachineView, TrialsThatAllSawTheMachineChangeAreStillPublished) {
  const ResultDocument document = document_of({cell_in({moved, moved})});
  const MachineView machine(document);
  EXPECT_EQ(machine.published_ns(), 0);
  const Summary summary = summarize(document.cells[0], machine, built_in_catalogue());
  EXPECT_TRUE(summary.comparable);
  EXPECT_EQ(summary.published, 2U);
  EXPECT_EQ(summary.machine_state_ns, 0);
}

TEST(MachineView, OnlyTrialsThatPassedChooseTheState) {
  ResultDocument document = document_of({cell_in({fast, fast}), cell_in({slow, slow, slow})});
  for (Trial& trial : document.cells[1].trials) trial.state = State::failed;
  EXPECT_NEAR(MachineView(document).published_ns(), 151, 1);
}

TEST(MachineView, AMissingReadingIsTakenForLikeTheOther) {
  const MachineView machine(document_of({cell_in({fast, fast, slow})}));
  EXPECT_EQ(machine.state_of({0, 551, 0, 0, false}), 1U);
  EXPECT_EQ(machine.state_of({149, 0, 0, 0, false}), 0U);
  EXPECT_EQ(machine.state_of(moved), std::nullopt);
  EXPECT_EQ(machine.state_of({}), std::nullopt);
  EXPECT_FALSE(machine.fits(slow));
  EXPECT_TRUE(machine.fits({}));
}

}  // namespace
}  // namespace ipcmark
