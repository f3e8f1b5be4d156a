#include "results/model/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace ipcmark {
namespace {

constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();

TEST(Histogram, BucketsCoverAllValuesWithoutGapOrOverlap) {
  std::uint64_t next = 0;
  for (std::uint32_t i = 0; i < Histogram::buckets(); ++i) {
    ASSERT_EQ(Histogram::lowest_of(i), next) << i;
    ASSERT_EQ(Histogram::index_of(Histogram::lowest_of(i)), i);
    ASSERT_EQ(Histogram::index_of(Histogram::highest_of(i)), i);
    next = Histogram::highest_of(i) + 1;
  }
  EXPECT_EQ(next, 0U);  // wrapped past the largest value
  EXPECT_EQ(Histogram::index_of(largest), Histogram::buckets() - 1);
}

TEST(Histogram, ABucketIsNeverWiderThanAThousandthOfItsValues) {
  for (std::uint32_t i = 0; i < Histogram::buckets(); ++i) {
    const std::uint64_t low = Histogram::lowest_of(i);
    const std::uint64_t width = Histogram::highest_of(i) - low;
    ASSERT_LE(static_cast<double>(width), static_cast<double>(low) / 1000) << i;
  }
}

TEST(Histogram, EmptyAnswersZero) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.min(), 0U);
  EXPECT_EQ(histogram.max(), 0U);
  EXPECT_EQ(histogram.quantile(0.5), 0U);
  EXPECT_EQ(histogram.mean(), 0);
  EXPECT_EQ(histogram.beyond(0.5), 0U);
  EXPECT_TRUE(histogram.sparse().empty());
}

TEST(Histogram, SmallValuesAreExact) {
  Histogram histogram;
  for (std::uint64_t v = 1; v <= 100; ++v) histogram.record(v);
  EXPECT_EQ(histogram.quantile(0), 1U);
  EXPECT_EQ(histogram.quantile(0.07), 7U);  // 0.07 * 100 is above 7 in binary
  EXPECT_EQ(histogram.quantile(0.5), 50U);
  EXPECT_EQ(histogram.quantile(0.501), 51U);
  EXPECT_EQ(histogram.quantile(0.99), 99U);
  EXPECT_EQ(histogram.quantile(1), 100U);
  EXPECT_EQ(histogram.mean(), 50.5);
  EXPECT_EQ(histogram.beyond(0.9), 10U);
}

TEST(Histogram, QuantilesAgreeWithTheSortedValues) {
  std::mt19937_64 random(42);
  std::lognormal_distribution<double> shape(9, 2);
  Histogram histogram;
  std::vector<std::uint64_t> values;
  for (int i = 0; i < 20'000; ++i) {
    values.push_back(static_cast<std::uint64_t>(shape(random)));
    histogram.record(values.back());
  }
  std::sort(values.begin(), values.end());
  for (const double q : {0.0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
    const double rank = std::max(1.0, std::ceil(q * 20'000));
    const auto exact = static_cast<double>(values[static_cast<std::size_t>(rank) - 1]);
    EXPECT_NEAR(static_cast<double>(histogram.quantile(q)), exact, exact / 1000) << q;
  }
  EXPECT_EQ(histogram.min(), values.front());
  EXPECT_EQ(histogram.max(), values.back());
}

TEST(Histogram, QuantilesStayWithinWhatWasRecorded) {
  Histogram histogram;
  histogram.record(1'000'003, 5);
  for (const double q : {0.0, 0.3, 0.5, 1.0}) EXPECT_EQ(histogram.quantile(q), 1'000'003U);
  histogram.record(largest);
  EXPECT_EQ(histogram.quantile(1), largest);
  EXPECT_EQ(histogram.max(), largest);
  histogram.record(0);
  EXPECT_EQ(histogram.min(), 0U);
}

TEST(Histogram, SumIsExact) {
  Histogram histogram;
  histogram.record(largest, 3);  // beyond 64 bits
  EXPECT_DOUBLE_EQ(histogram.mean(), static_cast<double>(largest));
  histogram.clear();
  histogram.record(1ULL << 52, 1);
  for (int i = 0; i < 1000; ++i) histogram.record(1);
  EXPECT_EQ(histogram.sum(), static_cast<double>((1ULL << 52) + 1000));
}

TEST(Histogram, MergingEqualsRecordingTogether) {
  Histogram a;
  Histogram b;
  Histogram both;
  for (std::uint64_t v = 10; v < 100'000; v += 37) {
    (v % 2 == 0 ? a : b).record(v);
    both.record(v);
  }
  a.merge(b);
  a.merge(Histogram{});
  EXPECT_EQ(a.sparse(), both.sparse());
  EXPECT_EQ(a.count(), both.count());
  EXPECT_EQ(a.min(), both.min());
  EXPECT_EQ(a.max(), both.max());
  EXPECT_EQ(a.sum(), both.sum());
}

TEST(Histogram, SurvivesItsSparseForm) {
  Histogram original;
  for (std::uint64_t v = 1; v < 10'000'000; v = v * 3 / 2 + 1) original.record(v, v % 5 + 1);
  Histogram loaded;
  ASSERT_TRUE(loaded.load(original.sparse(), original.min(), original.max(), original.sum()));
  EXPECT_EQ(loaded.sparse(), original.sparse());
  EXPECT_EQ(loaded.count(), original.count());
  EXPECT_EQ(loaded.mean(), original.mean());
  for (const double q : {0.0, 0.25, 0.5, 0.99, 1.0}) {
    EXPECT_EQ(loaded.quantile(q), original.quantile(q));
  }
  loaded.merge(original);
  EXPECT_EQ(loaded.count(), 2 * original.count());
  loaded.clear();
  loaded.record(5);
  EXPECT_EQ(loaded.quantile(0.5), 5U);
  EXPECT_EQ(loaded.count(), 1U);
}

TEST(Histogram, RefusesPartsThatContradictEachOther) {
  using Buckets = std::vector<std::pair<std::uint32_t, std::uint64_t>>;
  Histogram h;
  EXPECT_TRUE(h.load(Buckets{}, 0, 0, 0));
  EXPECT_TRUE(h.load(Buckets{{5, 1}, {9, 2}}, 5, 9, 23));
  EXPECT_FALSE(h.load(Buckets{{5, 1}, {Histogram::buckets(), 2}}, 5, largest, 23));
  EXPECT_FALSE(h.load(Buckets{{5, 1}, {4'000'000'000U, 2}, {9, 1}}, 5, 9, 23));
  EXPECT_FALSE(h.load(Buckets{{9, 1}, {5, 2}}, 5, 9, 23));
  EXPECT_FALSE(h.load(Buckets{{5, 1}, {5, 2}}, 5, 5, 23));
  EXPECT_FALSE(h.load(Buckets{{5, 1}, {9, 0}}, 5, 9, 23));
  EXPECT_FALSE(h.load(Buckets{{5, 1}, {9, 2}}, 4, 9, 23));
  EXPECT_FALSE(h.load(Buckets{{5, 1}, {9, 2}}, 5, 10, 23));
  EXPECT_FALSE(h.load(Buckets{{5, largest}, {9, 2}}, 5, 9, 23));
  EXPECT_FALSE(h.load(Buckets{{5, 1}, {9, 2}}, 5, 9, -1));
  EXPECT_FALSE(h.load(Buckets{{5, 1}, {9, 2}}, 5, 9, std::nan("")));
  EXPECT_EQ(h.count(), 0U);  // empty after a refusal
}

}  // namespace
}  // namespace ipcmark
