// Rounds in which both sides ran: their verdicts, and which of them count.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "results/comparison/comparison.hpp"
#include "results/comparison/comparison_text.hpp"
#include "tests/unit/results/comparison/sample_rounds.hpp"
#include "tests/unit/results/sample_comparison.hpp"

namespace ipcmark {
namespace {

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

TEST(CompareRounds, WhatDisturbedOneSideIsANote) {
  ResultDocument base = document_of({sample_latency("pipe", 20000, 0.02, 1, 30)});
  ResultDocument candidate = document_of({sample_latency("pipe", 20000, 0.02, 2, 30)});
  base.environment.facts["limits"]["cgroup.cpu.max"] = "20000 100000";
  base.environment.facts["load"]["throttled_before_ns"] = "0";
  base.environment.facts["load"]["throttled_after_ns"] = "2000000000";
  for (const Comparison& comparison :
       {compare_rounds(base, candidate, {}, {}), compare_results(base, candidate, {}, {})}) {
    ASSERT_FALSE(comparison.notes.empty());
    EXPECT_TRUE(comparison.notes.back().starts_with(
        "Of the base: Throttled: the control group's CPU quota (20000 100000) kept processes"))
        << comparison.notes.back();
  }
  candidate.environment.facts = base.environment.facts;
  const Comparison alike = compare_rounds(base, candidate, {}, {});
  EXPECT_TRUE(alike.notes.back().starts_with("Of both: Throttled: ")) << alike.notes.back();
  EXPECT_EQ(
      std::count_if(alike.notes.begin(), alike.notes.end(),
                    [](const std::string& note) { return note.find("Throttled") != note.npos; }),
      1);
}

TEST(CompareRounds, VoidOnesAreNamed) {
  const Comparison comparison = compare_rounds(
      document_of({sample_latency("pipe", 20000, 0.02, 1, 30)}),
      document_of({sample_latency("pipe", 20000, 0.02, 2, 30)}),
      {{"cell", 4, VoidReason::suspended, "the machine was suspended for 9 ms", AbSide::b}}, {});
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

TEST(CompareRounds, VerdictsOfAnEndedRunAreWithheldAndItsFiguresKept) {
  Comparison comparison = rounds_of(20000, 24000);
  ASSERT_GE(comparison.count(Verdict::regression), 1U);
  withhold_verdicts(comparison, "it was ended");
  EXPECT_EQ(comparison.gated(), 0U);
  EXPECT_EQ(comparison.count(Verdict::regression), 0U);
  EXPECT_FALSE(median_trip(comparison).base_values.empty());
  EXPECT_EQ(conclusion(comparison), "interrupted: no verdict");
  const std::string json = comparison_to_json(comparison);
  EXPECT_NE(json.find("\"interrupted\": true"), std::string::npos);
  EXPECT_EQ(json.find("REGRESSION"), std::string::npos);
  EXPECT_NE(comparison_to_markdown(comparison).find("No verdicts: it was ended"),
            std::string::npos);
  EXPECT_EQ(comparison_to_json(rounds_of(20000, 24000)).find("\"interrupted\""), std::string::npos);
}

}  // namespace
}  // namespace ipcmark
