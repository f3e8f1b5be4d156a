// What the base publishes and the candidate cannot is a row with its reason, whatever took it away.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "results/comparison/comparison.hpp"
#include "tests/unit/results/empty_document.hpp"
#include "tests/unit/results/sample_comparison.hpp"

namespace ipcmark {
namespace {

Comparison compared(const Cell& base, const Cell& candidate, bool rounds) {
  ComparisonOptions options;
  options.rounds = rounds;
  return compare_cells({{"KEY", &base, &candidate, {}}}, built_in_catalogue(), options);
}

const ComparedFigure* row(const Comparison& comparison, const std::string& name, double quantile) {
  const auto found = std::find_if(
      comparison.figures.begin(), comparison.figures.end(),
      [&](const ComparedFigure& each) { return each.name == name && each.quantile == quantile; });
  return found == comparison.figures.end() ? nullptr : &*found;
}

void shorten(Trial& trial, std::uint64_t trips) {
  Histogram& histogram = trial.histograms.at("round_trip");
  histogram.clear();
  histogram.record(1'000'000, trips);
}

TEST(Vanished, ATailIsToldThoughATrialThatIsLeftOutHadTooFewSamples) {
  for (const bool rounds : {false, true}) {
    Cell base = sample_latency("pipe", 6'000, 0.02, 1);
    Cell candidate = sample_latency("pipe", 6'000, 0.02, 2);
    shorten(base.trials[7], 800);
    base.trials[7].canary.unsteady = true;
    for (Trial& trial : candidate.trials) shorten(trial, 245);
    const Comparison comparison = compared(base, candidate, rounds);
    const ComparedFigure* tail = row(comparison, "round_trip", 0.99);
    ASSERT_NE(tail, nullptr) << rounds;
    EXPECT_TRUE(tail->is(Verdict::inconclusive)) << rounds;
    EXPECT_NE(tail->note.find("too few samples"), std::string::npos) << tail->note;
  }
}

TEST(Vanished, WhatTheBaseNeverMeasuredBecauseItFailedMakesTheTwoIncomparable) {
  for (const bool rounds : {false, true}) {
    Cell base = sample_throughput("pipe", 1000, 0.02, 1);
    for (Trial& trial : base.trials) trial.state = State::failed;
    const Comparison comparison = compared(base, sample_throughput("pipe", 60, 0.02, 2), rounds);
    EXPECT_EQ(comparison.missing_in_base,
              (std::vector<std::string>{"KEY: rate: measured in no trial"}));
  }
}

TEST(Vanished, ACandidateThatIsRefusedNowAndThenIsNotAsGood) {
  for (const bool rounds : {false, true}) {
    const Cell base = sample_throughput("pipe", 1000, 0.02, 1, 30);
    Cell candidate = sample_throughput("pipe", 1200, 0.02, 2, 30);
    for (unsigned i = 0; i < 8; ++i) {
      candidate.trials[3 * i].state = State::skipped;
      candidate.trials[3 * i].reason = "no descriptor is left (EMFILE)";
    }
    const Comparison comparison = compared(base, candidate, rounds);
    const ComparedFigure* rate = row(comparison, "rate", -1);
    ASSERT_NE(rate, nullptr) << rounds;
    EXPECT_TRUE(rate->is(Verdict::inconclusive)) << to_string(rate->judgement.verdict);
    EXPECT_EQ(rate->note,
              "skipped in 8 of 30 trials (the base: in 0 of 30): no descriptor is left (EMFILE)");
    const Comparison reversed = compared(candidate, base, rounds);
    const ComparedFigure* back = row(reversed, "rate", -1);
    ASSERT_NE(back, nullptr) << rounds;
    EXPECT_TRUE(back->is(Verdict::regression)) << to_string(back->judgement.verdict);
  }
}

TEST(Vanished, TwoGroupsOfTrialsAreToldAndNoTrialsPromised) {
  Cell base = sample_throughput("pipe", 1000, 0.0, 1);
  for (unsigned i = 0; i < 10; ++i) base.trials[2 * i].metrics.front().value = 1120;
  const Comparison comparison = compared(base, base, false);
  const ComparedFigure* rate = row(comparison, "rate", -1);
  ASSERT_NE(rate, nullptr);
  EXPECT_TRUE(rate->is(Verdict::inconclusive)) << to_string(rate->judgement.verdict);
  EXPECT_FALSE(rate->more_rounds);
  EXPECT_NE(rate->note.find("the base's trials fall into two groups, "), std::string::npos)
      << rate->note;
  EXPECT_NE(rate->note.find("(10) and "), std::string::npos) << rate->note;
  EXPECT_NE(rate->note.find("more do not bring them together"), std::string::npos) << rate->note;
}

Cell load_cell(unsigned saturated) {
  Cell cell = sample_latency("pipe", 20'000, 0.02, 1);
  cell.spec.scenario = "load";
  for (std::size_t i = 0; i < cell.trials.size(); ++i) {
    Trial& trial = cell.trials[i];
    auto times = trial.histograms.extract("round_trip");
    if (i < saturated) {
      trial.counts["saturated"] = 1;
      continue;
    }
    times.key() = "response";
    trial.histograms["lag"] = times.mapped();
    trial.histograms.insert(std::move(times));
  }
  return cell;
}

TEST(Vanished, ACandidateThatNoLongerCarriesTheLoadIsInconclusive) {
  for (const unsigned late : {1U, 20U}) {
    for (const bool rounds : {false, true}) {
      const Comparison comparison = compared(load_cell(0), load_cell(late), rounds);
      const auto of_response =
          std::count_if(comparison.figures.begin(), comparison.figures.end(),
                        [](const ComparedFigure& each) { return each.name == "response"; });
      EXPECT_EQ(of_response, 1) << "no times of the trials that kept up";
      const ComparedFigure* reported = row(comparison, "response", 0.5);
      ASSERT_NE(reported, nullptr);
      EXPECT_TRUE(reported->is(Verdict::inconclusive));
      EXPECT_EQ(reported->note, "saturated: the candidate saturated in " + std::to_string(late) +
                                    " of 20 trials, the base in none");
    }
  }
  const Comparison better = compared(load_cell(20), load_cell(0), false);
  EXPECT_EQ(row(better, "response", 0.5), nullptr);
  ASSERT_FALSE(better.notes.empty());
  EXPECT_NE(better.notes.front().find("the base saturated in 20 of 20 trials"), std::string::npos)
      << better.notes.front();
}

TEST(Vanished, AWorseCandidateIsARowThoughTheBaseIsSaturatedInPart) {
  for (const bool rounds : {false, true}) {
    const Comparison comparison = compared(load_cell(3), load_cell(20), rounds);
    ASSERT_EQ(comparison.count(Verdict::inconclusive), 1U) << rounds;
    const ComparedFigure* reported = row(comparison, "response", 0.5);
    ASSERT_NE(reported, nullptr) << "the scenario's headline, not the first by the alphabet";
    EXPECT_EQ(
        reported->note,
        "saturated: the candidate saturated in 20 of 20 trials, the base saturated in 3 of 20 "
        "trials");
    EXPECT_TRUE(reported->base_values.empty()) << "a base with a saturated trial has no times";
    EXPECT_EQ(row(comparison, "lag", 0.5), nullptr);
    ASSERT_FALSE(comparison.notes.empty());
    EXPECT_NE(comparison.notes.front().find("its times are not compared"), std::string::npos);
  }
}

TEST(Vanished, OfSaturatedTrialsThoseCountThatPassed) {
  Cell base = load_cell(10);
  for (std::size_t i = 10; i < 20; ++i) base.trials[i].state = State::interrupted;
  const Comparison comparison = compared(base, load_cell(20), false);
  EXPECT_EQ(comparison.count(Verdict::inconclusive), 0U) << "all of those on both sides";
}

TEST(Vanished, ACandidateNoTrialOfWhichCanBeUsedHasTooFew) {
  const Cell base = sample_throughput("pipe", 1000, 0.02, 1);
  Cell candidate = sample_throughput("pipe", 1000, 0.02, 2);
  for (Trial& trial : candidate.trials) trial.canary.unsteady = true;
  ComparisonOptions options;
  options.other_cpus = true;
  const Comparison comparison =
      compare_cells({{"KEY", &base, &candidate, {}}}, built_in_catalogue(), options);
  ASSERT_EQ(comparison.figures.size(), 1U);
  EXPECT_TRUE(comparison.figures[0].is(Verdict::too_few_rounds));
  EXPECT_NE(comparison.figures[0].note.find("states of the machine"), std::string::npos)
      << comparison.figures[0].note;
}

TEST(Vanished, WhatNeitherSideMeasuresIsANote) {
  Cell cell = sample_throughput("mq", 1000, 0.02, 1, 1);
  cell.trials[0].state = State::skipped;
  cell.trials[0].reason = "no queue here";
  ResultDocument document = empty_document();
  document.cells = {sample_throughput("pipe", 1000, 0.02, 1), cell};
  const Comparison comparison = compare_results(document, document, {}, {});
  EXPECT_TRUE(comparison.missing_in_base.empty());
  ASSERT_FALSE(comparison.notes.empty());
  EXPECT_EQ(comparison.notes.front(),
            "Measured on neither side: throughput/mq/64B/block/cross-cpu: skipped: no queue here.");
}

TEST(Vanished, WhatOneSideSkippedAndTheOtherDidNotFinishIsMissing) {
  ResultDocument skipped = empty_document();
  skipped.cells = {sample_throughput("pipe", 1000, 0.02, 1, 1)};
  ResultDocument unfinished = skipped;
  skipped.cells[0].trials[0].state = State::skipped;
  skipped.cells[0].trials[0].reason = "no pipe here";
  unfinished.cells[0].trials.clear();
  EXPECT_EQ(compare_results(skipped, unfinished, {}, {}).missing_in_base.size(), 1U);
  EXPECT_EQ(compare_results(unfinished, skipped, {}, {}).missing_in_candidate.size(), 1U);
  const Comparison neither = compare_results(unfinished, unfinished, {}, {});
  ASSERT_EQ(neither.count(Verdict::too_few_rounds), 1U);
  EXPECT_EQ(neither.figures[0].note, "no trial of it came to an end on either side");
}

TEST(Vanished, AFigureThatIsNotJudgedKeepsItsRow) {
  const Cell base = sample_latency("pipe", 6'000, 0.02, 1);
  Cell candidate = sample_latency("pipe", 6'000, 0.02, 2);
  for (Trial& trial : candidate.trials) shorten(trial, 50);
  const Comparison comparison = compared(base, candidate, false);
  const ComparedFigure* seen = row(comparison, "round_trip", 0.9);
  ASSERT_NE(seen, nullptr);
  EXPECT_FALSE(seen->gated);
  EXPECT_NE(seen->note.find("too few samples"), std::string::npos) << seen->note;
}

}  // namespace
}  // namespace ipcmark
