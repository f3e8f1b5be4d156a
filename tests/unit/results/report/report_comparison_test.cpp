// What the report says of several results: nothing grave is left out.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "results/json/json_text.hpp"
#include "results/report/report_parts.hpp"
#include "tests/unit/results/empty_document.hpp"
#include "tests/unit/results/sample_comparison.hpp"

namespace ipcmark {
namespace {

std::vector<ReportedResult> two(Cell base, Cell candidate) {
  std::vector<ReportedResult> results{{"a.json", empty_document()}, {"b.json", empty_document()}};
  results[0].document.cells = {std::move(base)};
  results[1].document.cells = {std::move(candidate)};
  return results;
}

TEST(ReportComparisons, WhatFailedOrIsMissingComesBeforeTheNotes) {
  const auto results =
      two(sample_latency("pipe", 6'000, 0.02, 1), sample_latency("pipe", 6'000, 0.02, 2));
  const ReportParts parts = report_parts(results);
  auto comparisons = report_comparisons(parts);
  Comparison& comparison = comparisons.at(0).comparison;
  comparison.notes.assign(20, "a note");
  comparison.failed = {"latency/fifo: hang"};
  comparison.missing_in_candidate = {"latency/tcp"};
  const std::string text = comparison_section(parts, comparisons);
  const std::size_t note = text.find("a note");
  ASSERT_NE(note, std::string::npos);
  EXPECT_LT(text.find("failed: latency/fifo: hang"), note);
  EXPECT_LT(text.find("missing in the candidate: latency/tcp"), note);
  EXPECT_NE(text.find("and 12 more of these"), std::string::npos);
}

TEST(ReportComparisons, AGatedFigureWithoutARatioIsInTheDataOfTheChart) {
  Cell candidate = sample_latency("pipe", 6'000, 0.02, 2);
  for (Trial& trial : candidate.trials) trial.histograms["round_trip"].clear();
  const auto results = two(sample_latency("pipe", 6'000, 0.02, 1), candidate);
  const ReportParts parts = report_parts(results);
  const auto comparisons = report_comparisons(parts);
  const Json data = Json::parse(report_data(parts, comparisons));
  unsigned without = 0;
  const Json& figures = data["comparisons"][0]["figures"];
  for (const Json& figure : figures) without += figure[2] == 0 ? 1U : 0U;
  EXPECT_EQ(figures.size(), comparisons[0].comparison.gated());
  EXPECT_GT(without, 0U);
}

}  // namespace
}  // namespace ipcmark
