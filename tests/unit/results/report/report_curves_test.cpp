// The curves of the report hold what the histograms held, within the grid they are reduced to.
#include "results/report/report_curves.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "results/figures/published.hpp"

namespace ipcmark {
namespace {

// The values 1 to n, once each.
Histogram ladder(std::uint64_t n, std::uint64_t step = 1) {
  Histogram histogram;
  for (std::uint64_t i = 1; i <= n; ++i) histogram.record(i * step);
  return histogram;
}

std::vector<const Histogram*> all(const std::vector<Histogram>& histograms) {
  std::vector<const Histogram*> pointers;
  pointers.reserve(histograms.size());
  for (const Histogram& each : histograms) pointers.push_back(&each);
  return pointers;
}

TEST(PercentileCurve, IsTheMedianOfTheTrialsOwnQuantilesWithTheirRange) {
  const std::vector<Histogram> trials{ladder(10'000), ladder(10'000, 2), ladder(10'000, 3)};
  const PercentileCurve curve = percentile_curve(all(trials), 10);
  ASSERT_GT(curve.points.size(), 20U);
  EXPECT_EQ(curve.points[0].median, 2);  // the smallest value of the middle trial
  EXPECT_EQ(curve.points[0].low, 1);
  EXPECT_EQ(curve.points[0].high, 3);
  EXPECT_NEAR(curve.points[10].median, 18'000, 20);  // p90
  EXPECT_NEAR(curve.points[10].low, 9'000, 10);
  EXPECT_NEAR(curve.points[10].high, 27'000, 30);
}

TEST(PercentileCurve, PublishesWhereEnoughSamplesLieBeyondInEveryTrial) {
  const std::vector<Histogram> trials{ladder(100'000), ladder(10'000)};
  const PercentileCurve curve = percentile_curve(all(trials), 10);
  // Of 10 000 samples p99 has 100 beyond, and p99.9 has 10.
  EXPECT_EQ(curve.published, 21U);
  EXPECT_EQ(curve.points.size(), 31U);
}

TEST(PercentileCurve, OfTooFewSamplesOrNoTrialIsEmpty) {
  const std::vector<Histogram> trials{ladder(5)};
  EXPECT_TRUE(percentile_curve(all(trials), 10).points.empty());
  EXPECT_TRUE(percentile_curve({}, 10).points.empty());
}

TEST(PercentileCurve, NeverFalls) {
  const std::vector<Histogram> trials{ladder(50'000, 7)};
  const PercentileCurve curve = percentile_curve(all(trials), 4);
  for (std::size_t i = 1; i < curve.points.size(); ++i) {
    EXPECT_GE(curve.points[i].median, curve.points[i - 1].median);
  }
}

TEST(Distribution, HasItsFullestBinWhereMostValuesAre) {
  Histogram histogram;
  histogram.record(150, 900);
  histogram.record(400, 300);
  const std::vector<Histogram> trials{histogram};
  const Distribution shape = distribution(all(trials), 10);
  EXPECT_EQ(shape.first, 21);  // 10^2.1 to 10^2.2 holds 150
  ASSERT_EQ(shape.per_mille.size(), 6U);
  EXPECT_EQ(shape.per_mille.front(), 1000U);
  EXPECT_EQ(shape.per_mille.back(), 333U);
  EXPECT_EQ(std::accumulate(shape.per_mille.begin(), shape.per_mille.end(), 0U), 1333U);
}

TEST(Distribution, EndsBeforeTheRarestThousandth) {
  Histogram histogram;
  histogram.record(100, 99'950);
  histogram.record(90'000'000, 50);
  const std::vector<Histogram> trials{histogram};
  EXPECT_EQ(distribution(all(trials), 10).per_mille.size(), 1U);
  EXPECT_TRUE(distribution({}, 10).per_mille.empty());
}

}  // namespace
}  // namespace ipcmark
