// Two builds in turns: who goes when, which rounds count, what a second look does to a verdict, and
// the words between builds.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "results/comparison/ab_schedule.hpp"
#include "results/comparison/comparison.hpp"
#include "results/comparison/comparison_text.hpp"
#include "results/comparison/confirmation.hpp"
#include "results/comparison/void_rounds.hpp"
#include "results/json/json.hpp"
#include "results/json/trial_protocol.hpp"
#include "tests/unit/results/sample_comparison.hpp"

namespace ipcmark {
namespace {

TEST(AbSchedule, EveryCellOnceARoundAndABBAOverTwo) {
  for (const std::uint64_t seed : {1U, 2U, 77U}) {
    for (std::uint32_t block = 0; block < 20; ++block) {
      std::map<std::size_t, AbSide> first;
      for (const AbTurn& turn : ab_round(5, seed, 2 * block)) first[turn.cell] = turn.first;
      ASSERT_EQ(first.size(), 5U);
      const auto second = ab_round(5, seed, 2 * block + 1);
      ASSERT_EQ(second.size(), 5U);
      for (const AbTurn& turn : second) EXPECT_EQ(turn.first, other(first.at(turn.cell)));
    }
  }
}

TEST(AbSchedule, IsDrawnAnewAndRepeatable) {
  EXPECT_EQ(ab_round(6, 9, 4), ab_round(6, 9, 4));
  EXPECT_NE(ab_round(6, 9, 4), ab_round(6, 10, 4));
  std::set<std::size_t> heads;
  unsigned b_begins = 0;
  for (std::uint32_t block = 0; block < 200; ++block) {
    const auto turns = ab_round(6, 9, 2 * block);
    heads.insert(turns.front().cell);
    for (const AbTurn& turn : turns) {
      if (turn.cell == 3 && turn.first == AbSide::b) ++b_begins;
    }
  }
  EXPECT_EQ(heads.size(), 6U);
  EXPECT_GT(b_begins, 70U);  // 100 of 200 expected; the seed is fixed
  EXPECT_LT(b_begins, 130U);
}

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

ResultDocument document_of(std::vector<Cell> cells) {
  ResultDocument document;
  document.cells = std::move(cells);
  return document;
}

Comparison rounds_of(double base, double candidate) {
  return compare_rounds(document_of({sample_latency("pipe", base, 0.02, 1, 30)}),
                        document_of({sample_latency("pipe", candidate, 0.02, 2, 30)}), {}, {});
}

const ComparedFigure& median_trip(const Comparison& comparison) {
  for (const ComparedFigure& figure : comparison.figures) {
    if (figure.name == "round_trip" && figure.quantile == 0.5) return figure;
  }
  throw std::logic_error("no median round trip");
}

TEST(CompareRounds, VerdictsOfPairs) {
  EXPECT_TRUE(median_trip(rounds_of(20000, 24000)).is(Verdict::regression));
  EXPECT_TRUE(median_trip(rounds_of(20000, 20100)).is(Verdict::no_regression));
  EXPECT_TRUE(median_trip(rounds_of(24000, 20000)).is(Verdict::improved));
  EXPECT_EQ(rounds_of(20000, 20100).cells, 1U);
}

TEST(CompareRounds, CellsOfTwoSettingsGoTogetherByPlace) {
  const Comparison comparison =
      compare_rounds(document_of({sample_latency("pipe", 20000, 0.02, 1, 30)}),
                     document_of({sample_latency("fifo", 24000, 0.02, 2, 30)}), {}, {});
  EXPECT_EQ(median_trip(comparison).key, "latency/pipe=>fifo/64B/block/cross-cpu");
  EXPECT_TRUE(median_trip(comparison).is(Verdict::regression));
  EXPECT_TRUE(comparison.missing_in_base.empty());
}

TEST(CompareRounds, ACellThatOneSideSkipsIsMissing) {
  Cell skipped = sample_latency("pipe", 20000, 0.02, 2, 1);
  skipped.trials[0].state = State::skipped;
  skipped.trials[0].reason = "not here";
  const Comparison comparison = compare_rounds(
      document_of({sample_latency("pipe", 20000, 0.02, 1, 1)}), document_of({skipped}), {}, {});
  ASSERT_EQ(comparison.missing_in_candidate.size(), 1U);
  EXPECT_NE(comparison.missing_in_candidate[0].find("skipped: not here"), std::string::npos);
}

TEST(CompareRounds, RoundsOfAChangingMachineAreNamedAndLeftOut) {
  Cell base = sample_latency("pipe", 20000, 0.02, 1, 30);
  Cell candidate = sample_latency("pipe", 20000, 0.02, 2, 30);
  for (Cell* cell : {&base, &candidate}) {
    for (Trial& trial : cell->trials) trial.canary = {150, 150, 10, 10, false};
  }
  base.trials[7].canary = {150, 520, 10, 10, true};
  for (std::size_t i = 8; i < 20; ++i) {
    for (Cell* cell : {&base, &candidate}) cell->trials[i].canary = {520, 520, 10, 10, false};
  }
  const std::uint32_t moved = base.trials[7].round;
  const Comparison comparison =
      compare_rounds(document_of({base}), document_of({candidate}), {}, {});
  ASSERT_EQ(comparison.voids.size(), 1U);
  EXPECT_EQ(comparison.voids[0].round, moved);
  EXPECT_EQ(median_trip(comparison).base_values.size(), 29U);
  EXPECT_TRUE(median_trip(comparison).is(Verdict::no_regression));
}

TEST(CompareRounds, VoidOnesAreNamed) {
  const Comparison comparison =
      compare_rounds(document_of({sample_latency("pipe", 20000, 0.02, 1, 30)}),
                     document_of({sample_latency("pipe", 20000, 0.02, 2, 30)}),
                     {{"cell", 4, "the machine was suspended for 9 ms"}}, {});
  EXPECT_NE(comparison_to_json(comparison).find("suspended for 9 ms"), std::string::npos);
  EXPECT_TRUE(std::any_of(
      comparison.notes.begin(), comparison.notes.end(),
      [](const std::string& note) { return note.find("suspended") != std::string::npos; }));
}

TEST(JointKey, ShowsWhatDiffers) {
  EXPECT_EQ(joint_key("a/b/c", "a/b/c"), "a/b/c");
  EXPECT_EQ(joint_key("a/b/c", "a/x/c"), "a/b=>x/c");
  EXPECT_EQ(joint_key("a/b", "a/b/fault=slow:9"), "a/b/=>fault=slow:9");
  EXPECT_EQ(joint_key("a/b/c", "x/b/c"), "a=>x/b/c");
  EXPECT_EQ(joint_key("a", "b"), "a=>b");
}

TEST(Confirmation, ARegressionStaysOnlyWhereFreshRoundsSaySo) {
  Comparison first = rounds_of(20000, 24000);
  EXPECT_EQ(flagged_cells(first).size(), 1U);
  confirm(first, rounds_of(20000, 24500));
  EXPECT_TRUE(median_trip(first).is(Verdict::regression));
  EXPECT_NE(median_trip(first).note.find("confirmed by 30 fresh rounds"), std::string::npos);

  Comparison alarm = rounds_of(20000, 24000);
  confirm(alarm, rounds_of(20000, 20100));
  EXPECT_TRUE(median_trip(alarm).is(Verdict::inconclusive));
  EXPECT_NE(median_trip(alarm).note.find("not confirmed"), std::string::npos);
  EXPECT_EQ(alarm.count(Verdict::regression), 0U);

  Comparison nothing = rounds_of(20000, 24000);
  confirm(nothing, Comparison{});
  EXPECT_EQ(nothing.count(Verdict::regression), 0U);
}

TEST(TrialProtocol, QuestionsAndAnswersComeBack) {
  RunSpec spec;
  spec.scenario = "latency";
  spec.backend = "pipe";
  spec.fault = "slow:100";
  const auto asked = read_trial_question(trial_question(spec));
  ASSERT_TRUE(asked.has_value()) << asked.error();
  EXPECT_EQ(*asked, spec);
  TrialAnswer answer;
  answer.version = "1.2.3";
  answer.build = {{"type", "Release"}};
  answer.key = spec.key();
  answer.capabilities = {{"ordered", "yes"}};
  answer.trial = sample_latency("pipe", 20000, 0.02, 1).trials[0];
  const auto read = read_trial_answer(trial_answer(answer));
  ASSERT_TRUE(read.has_value()) << read.error();
  EXPECT_EQ(read->version, "1.2.3");
  EXPECT_EQ(read->build, answer.build);
  EXPECT_EQ(read->capabilities, answer.capabilities);
  EXPECT_EQ(trial_to_json(read->trial), trial_to_json(answer.trial));
}

TEST(TrialProtocol, MistakesAreNamedWithTheirPlace) {
  const std::string head = R"({"schema":"ipcmark.trial-spec","version":{"major":)";
  const std::pair<std::string, const char*> cases[] = {
      {"{", "not JSON: line 1"},
      {"[]", "must be an object"},
      {R"({"schema":"other"})", "/schema: must be"},
      {head + R"(1}})", "/spec: is missing"},
      {head + R"(2},"spec":{}})", "newer ipcmark (format 2"},
      {head + R"(1},"spec":{"scenario":"latency","size":"big"}})", "/spec/size: must be"},
      {head + R"(1},"spec":{}})", "/spec/scenario: is missing"}};
  for (const auto& [text, part] : cases) {
    const auto read = read_trial_question(text);
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_NE(read.error().find(part), std::string::npos) << read.error();
  }
  // Fields it does not know are a newer minor version's.
  EXPECT_TRUE(read_trial_question(head + R"(1,"minor":7},"spec":{"scenario":"x","new":1}})"));
}

}  // namespace
}  // namespace ipcmark
