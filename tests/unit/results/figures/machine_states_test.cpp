#include "results/figures/machine_states.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "results/figures/summary.hpp"
#include "tests/unit/results/empty_document.hpp"

namespace ipcmark {
namespace {

const Canary fast{150, 152, 1000, 1000, false, {0, 1}};
const Canary slow{550, 553, 1000, 1000, false, {0, 1}};
const Canary moved{150, 550, 1000, 1000, true, {0, 1}};

Canary between(double ns, std::vector<int> cpus) {
  return {ns, ns * 1.01, 1000, 1000, false, std::move(cpus)};
}
// As builds wrote it that did not name the pair.
Canary older(double before, double after, bool unsteady = false) {
  return {before, after, 1000, 1000, unsteady, {}};
}

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

Trial saw(const Canary& canary) {
  Trial trial;
  trial.canary = canary;
  return trial;
}

Cell placed(Placement placement, const std::vector<Canary>& canaries) {
  Cell cell = cell_in(canaries);
  cell.spec.placement = placement;
  return cell;
}

std::vector<Summary> summaries(const ResultDocument& document) {
  const MachineView machine(document);
  std::vector<Summary> all;
  for (const Cell& cell : document.cells) {
    all.push_back(summarize(cell, machine, built_in_catalogue()));
  }
  return all;
}

TEST(MachineView, TheStateOfMostCellsIsOneForAll) {
  // The second cell alone would choose the slow state.
  const ResultDocument document = document_of({cell_in({fast, slow, fast, fast, slow, fast}),
                                               cell_in({slow, fast, slow, slow, fast, slow}),
                                               cell_in({fast, fast, fast, moved, fast, fast})});
  const MachineView machine(document);
  ASSERT_EQ(machine.pairs().size(), 1U);
  EXPECT_EQ(machine.pairs()[0].cpus, (std::vector<int>{0, 1}));
  EXPECT_EQ(machine.pairs()[0].states_ns.size(), 2U);
  EXPECT_NEAR(machine.pairs()[0].published_ns(), 151, 1);
  for (const Summary& summary : summaries(document)) {
    EXPECT_TRUE(summary.comparable);
    EXPECT_EQ(summary.machine_state_ns, machine.pairs()[0].published_ns());
  }
  const Summary interleaved = summaries(document)[1];
  EXPECT_EQ(interleaved.published, 2U);
  EXPECT_EQ(interleaved.left_out, 4U);
  EXPECT_EQ(interleaved.figure("rate")->low, 2);
  EXPECT_EQ(interleaved.figure("rate")->high, 5);
  EXPECT_EQ(summaries(document)[2].left_out, 1U);
}

TEST(MachineView, ACellOfAnotherStateIsPublishedButNotComparable) {
  const ResultDocument document =
      document_of({cell_in({fast, fast, fast, fast}), cell_in({fast, fast}),
                   cell_in({slow, slow, slow}), cell_in({fast, slow, slow, slow})});
  const Summary elsewhere = summaries(document)[2];
  EXPECT_FALSE(elsewhere.comparable);
  EXPECT_NEAR(elsewhere.machine_state_ns, 551, 2);
  EXPECT_EQ(elsewhere.published, 3U);
  const Summary one_trial_there = summaries(document)[3];
  EXPECT_FALSE(one_trial_there.comparable);
  EXPECT_EQ(one_trial_there.published, 3U);
  EXPECT_EQ(one_trial_there.figure("rate")->low, 2);
}

TEST(MachineView, FiguresAreNeverFromTwoStates) {
  const Canary third = between(2000, {0, 1});
  const ResultDocument document =
      document_of({cell_in({fast, fast, fast}), cell_in({fast, fast, fast}),
                   cell_in({moved, slow, third, fast}), cell_in({slow, third, slow}),
                   cell_in({moved, third, slow}), cell_in({moved, moved, fast})});
  const std::vector<Summary> all = summaries(document);
  // One trial in the state of the document, and no more in any other.
  for (const std::size_t cell : {2U, 5U}) {
    EXPECT_TRUE(all[cell].comparable) << cell;
    EXPECT_NEAR(all[cell].machine_state_ns, 151, 1) << cell;
    EXPECT_EQ(all[cell].published, 1U) << cell;
  }
  EXPECT_EQ(all[2].figure("rate")->median, 4);
  EXPECT_EQ(all[5].figure("rate")->median, 3);
  for (const std::size_t cell : {3U, 4U}) {
    EXPECT_FALSE(all[cell].comparable) << cell;
    EXPECT_NEAR(all[cell].machine_state_ns, 551, 2) << cell;
  }
  EXPECT_EQ(all[3].published, 2U);
  EXPECT_EQ(all[3].figure("rate")->low, 1);
  EXPECT_EQ(all[3].figure("rate")->high, 3);
  EXPECT_EQ(all[4].published, 1U);
  EXPECT_EQ(all[4].figure("rate")->median, 3);
}

TEST(MachineView, OfTrialsThatAllSawTheMachineChangeOneIsShown) {
  const Canary little{300, 450, 1000, 1000, true, {0, 1}};
  const Canary lost{0, 0, 1000, 1000, true, {0, 1}};
  const ResultDocument document =
      document_of({cell_in({moved, lost, little}), cell_in({fast, fast})});
  const Summary summary = summaries(document)[0];
  EXPECT_FALSE(summary.comparable);
  EXPECT_EQ(summary.machine_state_ns, 0);
  EXPECT_EQ(summary.published, 1U);
  EXPECT_EQ(summary.unsteady, 3U);
  EXPECT_EQ(summary.figure("rate")->median, 3);  // during which it changed least
  // The same where no trial of the document was quiet.
  const ResultDocument unsteady = document_of({cell_in({moved, little})});
  EXPECT_EQ(MachineView(unsteady).pairs().at(0).published, std::nullopt);
  EXPECT_FALSE(summaries(unsteady)[0].comparable);
  EXPECT_EQ(summaries(unsteady)[0].published, 1U);
}

TEST(MachineView, OneTrialIsEnoughWhereOneIsAll) {
  const ResultDocument document = document_of({cell_in({fast}), cell_in({fast}), cell_in({slow})});
  EXPECT_TRUE(summaries(document)[1].comparable);
  const Summary elsewhere = summaries(document)[2];
  EXPECT_FALSE(elsewhere.comparable);
  EXPECT_NEAR(elsewhere.machine_state_ns, 551, 2);
}

TEST(MachineView, WithoutCanariesAllTrialsArePublished) {
  const ResultDocument document = document_of({cell_in({fast, fast}), cell_in({{}, {}, {}})});
  const Summary summary = summaries(document)[1];
  EXPECT_TRUE(summary.comparable);
  EXPECT_EQ(summary.machine_state_ns, 0);
  EXPECT_EQ(summary.published, 3U);
  EXPECT_TRUE(MachineView(document_of({cell_in({{}, {}})})).pairs().empty());
}

TEST(MachineView, OneCpuHasNoStates) {
  const Canary alone{0, 0, 1000, 1000, false, {0}};
  const ResultDocument document =
      document_of({cell_in({fast, fast}), placed(Placement::same_cpu, {alone, alone, alone})});
  EXPECT_EQ(MachineView(document).pairs().size(), 1U);
  EXPECT_TRUE(summaries(document)[1].comparable);
  EXPECT_EQ(summaries(document)[1].published, 3U);
  EXPECT_EQ(summaries(document)[1].unsteady, 0U);
}

TEST(MachineView, ACpuThatChangedTakesTheTrialFromTheFiguresThoughItHasNoStates) {
  const Canary alone{0, 0, 1000, 1000, false, {0}};
  const Canary moved{0, 0, 1000, 2000, true, {0}};
  const ResultDocument document =
      document_of({cell_in({fast, fast}), placed(Placement::same_cpu, {alone, moved, alone}),
                   placed(Placement::same_cpu, {moved, moved})});
  const auto all = summaries(document);
  EXPECT_TRUE(all[1].comparable);
  EXPECT_EQ(all[1].published, 2U);
  EXPECT_EQ(all[1].left_out, 1U);
  EXPECT_FALSE(all[2].comparable) << "one is shown, and not ranked";
  EXPECT_EQ(all[2].published, 1U);
  const MachineView machine(document);
  EXPECT_FALSE(machine.fits(document.cells[1].spec, saw(moved)));
  EXPECT_TRUE(machine.fits(document.cells[1].spec, saw(alone)));
}

TEST(MachineView, OnlyTrialsThatPassedChooseTheState) {
  ResultDocument document = document_of({cell_in({fast, fast}), cell_in({slow, slow, slow})});
  for (Trial& trial : document.cells[1].trials) trial.state = State::failed;
  EXPECT_NEAR(MachineView(document).pairs().at(0).published_ns(), 151, 1);
}

// Each cell has one vote: what was measured more often, as --until does, elects nothing.
TEST(MachineView, ACellWithManyTrialsDoesNotDisownTheOthers) {
  std::vector<Cell> cells(8, cell_in({fast, fast, fast, fast, fast, fast}));
  std::vector<Canary> many(6, fast);
  many.insert(many.end(), 60, slow);
  cells.push_back(cell_in(many));
  const ResultDocument document = document_of(cells);
  EXPECT_NEAR(MachineView(document).pairs().at(0).published_ns(), 151, 1);
  for (const Summary& summary : summaries(document)) {
    EXPECT_TRUE(summary.comparable);
    EXPECT_EQ(summary.published, 6U);
  }
}

// Two threads of a core, two cores and two sockets answer differently; that is no state.
TEST(MachineView, PairsOfCpusAreNoStatesOfTheMachine) {
  const Canary near = between(40, {0, 4});
  const Canary core = between(150, {0, 1});
  const Canary far = between(600, {0, 2});
  const ResultDocument document =
      document_of({placed(Placement::same_core, {near, near, near}),
                   placed(Placement::cross_cpu, {core, core, core, core}),
                   placed(Placement::unpinned, {core, core}),
                   placed(Placement::cross_socket, {far, far, between(1800, {0, 2}), far})});
  const MachineView machine(document);
  ASSERT_EQ(machine.pairs().size(), 3U);
  EXPECT_EQ(machine.pairs()[0].cpus, (std::vector<int>{0, 1}));  // of most cells
  for (const Summary& summary : summaries(document)) EXPECT_TRUE(summary.comparable);
  EXPECT_NEAR(summaries(document)[0].machine_state_ns, 40, 1);
  EXPECT_NEAR(summaries(document)[3].machine_state_ns, 603, 3);
  EXPECT_EQ(summaries(document)[3].left_out, 1U);  // each pair has its own states
}

TEST(MachineView, OlderDocumentsHaveAPairForEachPlacement) {
  const ResultDocument document =
      document_of({placed(Placement::cross_cpu, {older(150, 151), older(152, 150)}),
                   placed(Placement::unpinned, {older(550, 551), older(150, 151), older(150, 152)}),
                   placed(Placement::cross_socket, {older(600, 601), older(602, 600)}),
                   placed(Placement::same_cpu, {older(0, 0), older(0, 0)})});
  const MachineView machine(document);
  ASSERT_EQ(machine.pairs().size(), 2U);  // free workers' canary was the default placement's
  EXPECT_EQ(machine.pairs()[0].states_ns.size(), 2U);
  for (const Summary& summary : summaries(document)) EXPECT_TRUE(summary.comparable);
  EXPECT_EQ(summaries(document)[1].left_out, 1U);
  EXPECT_EQ(summaries(document)[3].published, 2U);
}

// What moved meanwhile lies between two states, and would join them.
TEST(MachineView, UnsteadyTrialsJoinNoStates) {
  const Canary low{171, 171, 1000, 1000, false, {0, 1}};
  const Canary high{480, 480, 1000, 1000, false, {0, 1}};
  const Canary between_them{230, 340, 1000, 1000, true, {0, 1}};
  const ResultDocument document = document_of(
      {cell_in({low, low, low, between_them}), cell_in({high, low, low}), cell_in({high, high})});
  const MachineView machine(document);
  EXPECT_EQ(machine.pairs().at(0).states_ns, (std::vector<double>{171, 480}));
  EXPECT_EQ(summaries(document)[0].published, 3U);
  EXPECT_EQ(summaries(document)[1].published, 2U);
  EXPECT_FALSE(summaries(document)[2].comparable);
}

// It is the busiest moments in which no canary can be taken.
TEST(MachineView, WithoutACanaryATrialIsInNoState) {
  const Canary lost{0, 0, 1000, 1000, true, {0, 1}};
  const Canary half{0, 151, 1000, 1000, false, {}};
  const Canary nothing{0, 0, 1000, 1000, false, {}};
  for (const Canary& canary : {lost, half, nothing}) {
    Canary known = fast;
    if (canary.cpus.empty()) known.cpus = {};
    const ResultDocument document = document_of({cell_in({known, known, canary})});
    const MachineView machine(document);
    const RunSpec& spec = document.cells[0].spec;
    EXPECT_FALSE(machine.fits(spec, saw(canary)));
    EXPECT_TRUE(machine.place_of(spec, saw(canary)).unsteady);
    EXPECT_TRUE(machine.fits(spec, saw(known)));
    EXPECT_EQ(summaries(document)[0].published, 2U);
    EXPECT_EQ(summaries(document)[0].unsteady, 1U);
  }
}

// Builds that took no notice of it left such a trial without any reading; and one whose other CPU
// could not be had looked at one alone.
TEST(MachineView, AmongTrialsThatWereLookedAtOneThatWasNotIsUnknown) {
  const Canary one_cpu{0, 0, 1000, 1000, false, {0}};
  for (const Canary& canary : {Canary{}, one_cpu}) {
    const ResultDocument document = document_of({cell_in({fast, canary, fast, fast})});
    const MachineView machine(document);
    const Summary summary = summaries(document)[0];
    EXPECT_EQ(summary.published, 3U);
    EXPECT_EQ(summary.left_out, 1U);
    EXPECT_EQ(summary.unsteady, 1U);
    EXPECT_FALSE(machine.fits(document.cells[0].spec, document.cells[0].trials[1]));
  }
  // Nothing is missing of what was never run.
  ResultDocument document = document_of({cell_in({fast, {}, fast})});
  Trial& ended = document.cells[0].trials[1];
  ended.state = State::interrupted;
  EXPECT_TRUE(MachineView(document).fits(document.cells[0].spec, ended));
}

// The pair is named, and nothing of it could be read, in any trial.
TEST(MachineView, WhereNothingCouldBeLookedAtNothingIsRanked) {
  const Canary none{0, 0, 0, 0, true, {}};
  const ResultDocument document = document_of({cell_in({none, none, none}), cell_in({fast, fast})});
  const Summary summary = summaries(document)[0];
  EXPECT_FALSE(summary.comparable);
  EXPECT_EQ(summary.published, 1U);
  EXPECT_EQ(summary.unsteady, 3U);
}

// A third worker's CPU may have moved while the first two saw nothing of it.
TEST(MachineView, ATrialIsInAStateOfEachPairThatItWatched) {
  const auto with = [](double other) {
    Canary canary = fast;
    canary.others = {{{0, 2}, other, other * 1.01}};
    return canary;
  };
  Canary half = with(200);
  half.others[0].after_ns = 0;
  const ResultDocument document =
      document_of({cell_in({with(200), with(200), with(900), half, with(201)}),
                   cell_in({with(900), with(900), with(900)}), cell_in({fast, fast}),
                   cell_in({with(200), with(200)})});
  const MachineView machine(document);
  ASSERT_EQ(machine.pairs().size(), 2U);
  EXPECT_EQ(machine.pairs()[1].cpus, (std::vector<int>{0, 2}));
  EXPECT_EQ(machine.pairs()[1].states_ns.size(), 2U);
  EXPECT_NEAR(machine.pairs()[1].published_ns(), 201, 2);
  const std::vector<Summary> all = summaries(document);
  EXPECT_EQ(all[0].published, 3U);
  EXPECT_EQ(all[0].left_out, 2U);
  EXPECT_EQ(all[0].unsteady, 1U) << "what could not be taken of the second pair";
  EXPECT_FALSE(all[1].comparable);
  EXPECT_NEAR(all[1].machine_state_ns, 905, 5) << "the state that tells it from the others";
  EXPECT_TRUE(all[2].comparable);
  EXPECT_EQ(all[2].published, 2U);
}

}  // namespace
}  // namespace ipcmark
