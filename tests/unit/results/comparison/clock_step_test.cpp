// Where the clock's step keeps a figure from a verdict, that is said, and what to change.
#include <gtest/gtest.h>

#include <string>

#include "results/comparison/comparison.hpp"
#include "results/comparison/comparison_text.hpp"
#include "tests/unit/results/empty_document.hpp"
#include "tests/unit/results/sample_comparison.hpp"

namespace ipcmark {
namespace {

Comparison stepped(const Cell& base, const Cell& candidate, ComparisonOptions options,
                   double step_ns = 10) {
  options.clock_step_ns = step_ns;
  return compare_cells({{"KEY", &base, &candidate, {}}}, built_in_catalogue(), options);
}

const ComparedFigure& trip(const Comparison& comparison, double quantile) {
  for (const ComparedFigure& figure : comparison.figures) {
    if (figure.name == "round_trip" && figure.quantile == quantile) return figure;
  }
  throw std::logic_error("no round trip");
}

TEST(ClockStep, MoreRoundsAreNotPromisedWhereTheStepPreventsTheVerdict) {
  const Cell base = sample_latency("shm_ring", 171, 0, 0, 30);
  for (const bool rounds : {true, false}) {
    for (const double value : {171.0, 181.0}) {
      SCOPED_TRACE(std::to_string(rounds) + " " + std::to_string(value));
      const Cell candidate = sample_latency("shm_ring", value, 0, 0, 30);
      ComparisonOptions options;
      options.rounds = rounds;
      const Comparison comparison = stepped(base, candidate, options);
      const ComparedFigure& figure = trip(comparison, 0.5);
      ASSERT_TRUE(figure.is(Verdict::inconclusive));
      EXPECT_EQ(figure.more_rounds, std::nullopt);
      EXPECT_TRUE(
          figure.note.starts_with("the clock's step of 10 ns prevents a verdict, and more " +
                                  std::string(rounds ? "rounds" : "trials")))
          << figure.note;
      EXPECT_NE(figure.note.find("mean over many messages"), std::string::npos) << figure.note;
      EXPECT_EQ(comparison_to_json(comparison).find("more_rounds"), std::string::npos);
      // The threshold that it names does away with the doubt.
      const std::size_t from = figure.note.find("--threshold '");
      ASSERT_NE(from, std::string::npos) << figure.note;
      const std::string named = figure.note.substr(from + 13);
      options.thresholds = *thresholds_from(named.substr(0, named.find('\'')));
      EXPECT_EQ(options.thresholds[0].figure, "p50");
      const Comparison wider = stepped(base, candidate, options);
      EXPECT_TRUE(trip(wider, 0.5).is(Verdict::no_regression)) << named;
    }
  }
}

TEST(ClockStep, AdditionalRoundsAreReckonedWithTheStep) {
  const Cell base = sample_latency("tcp", 18'700, 0.30, 3);
  const Cell candidate = sample_latency("tcp", 18'900, 0.30, 13);
  const Comparison fine = stepped(base, candidate, {}, 0);
  const Comparison coarse = stepped(base, candidate, {}, 200);
  const ComparedFigure& figure = trip(coarse, 0.5);
  ASSERT_EQ(figure.step_ns, 200);
  ASSERT_TRUE(figure.is(Verdict::inconclusive));
  ASSERT_TRUE(figure.more_rounds) << figure.note;
  EXPECT_TRUE(figure.note.starts_with("too noisy, about")) << figure.note;
  EXPECT_GT(*figure.more_rounds, *trip(fine, 0.5).more_rounds);
}

TEST(ClockStep, TooFewRoundsSayThatMoreWillNotDo) {
  const Cell base = sample_latency("shm_ring", 171, 0, 0, 4);
  ComparisonOptions options;
  options.rounds = true;
  const Comparison comparison = stepped(base, base, options);
  const ComparedFigure& figure = trip(comparison, 0.5);
  ASSERT_TRUE(figure.is(Verdict::too_few_rounds));
  EXPECT_EQ(figure.more_rounds, std::nullopt);
  EXPECT_NE(figure.note.find("besides, the clock's step of 10 ns prevents"), std::string::npos)
      << figure.note;
}

}  // namespace
}  // namespace ipcmark
