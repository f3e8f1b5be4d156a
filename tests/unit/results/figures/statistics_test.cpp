// Against values known from elsewhere: exact binomial tables, sums term by term, and small cases by
// hand.
#include "results/figures/statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

namespace ipcmark {
namespace {

std::vector<double> one_to(int n) {
  std::vector<double> values(static_cast<std::size_t>(n));
  std::iota(values.begin(), values.end(), 1.0);
  return values;
}

TEST(Statistics, Median) {
  EXPECT_EQ(median({}), 0);
  EXPECT_EQ(median({3}), 3);
  EXPECT_EQ(median({9, 1, 5}), 5);
  EXPECT_EQ(median({4, 1, 3, 2}), 2.5);
}

TEST(Statistics, InterpolatedQuantile) {
  // R: quantile(c(1,2,3,4,10), c(.25,.75), type = 7)
  EXPECT_DOUBLE_EQ(interpolated_quantile({10, 4, 3, 2, 1}, 0.25), 2);
  EXPECT_DOUBLE_EQ(interpolated_quantile({10, 4, 3, 2, 1}, 0.75), 4);
  EXPECT_DOUBLE_EQ(interpolated_quantile({1, 2}, 0.5), 1.5);
  EXPECT_DOUBLE_EQ(interpolated_quantile({1, 2}, 1), 2);
}

TEST(Statistics, MedianAbsoluteDeviation) {
  EXPECT_EQ(median_absolute_deviation({1, 1, 2, 2, 4, 6, 9}), 1);  // the textbook example
}

TEST(Statistics, SixTrialsCoverTheMedianWithTheirRange) {
  const Interval interval = quantile_interval({5, 3, 6, 1, 2, 4});
  EXPECT_EQ(interval.low, 1);
  EXPECT_EQ(interval.high, 6);
  EXPECT_NEAR(interval.coverage, 0.96875, 1e-12);
}

TEST(Statistics, FiveTrialsAreTooFew) {
  const Interval interval = quantile_interval(one_to(5));
  EXPECT_EQ(interval.low, 1);
  EXPECT_EQ(interval.high, 5);
  EXPECT_EQ(interval.coverage, 0);
  EXPECT_EQ(quantile_interval({}).coverage, 0);
}

TEST(Statistics, IntervalsOfTheMedianAgreeWithTheTables) {
  // Ranks and coverages for the median at 95 %, from tables of the sign test.
  struct Known {
    int n;
    double low, high, coverage;
  };
  for (const Known& known :
       {Known{9, 2, 8, 0.9609375}, Known{10, 2, 9, 0.978515625}, Known{20, 6, 15, 0.9586105347},
        Known{30, 10, 21, 0.9572261}, Known{50, 18, 33, 0.9671609}}) {
    const Interval interval = quantile_interval(one_to(known.n));
    EXPECT_EQ(interval.low, known.low) << known.n;
    EXPECT_EQ(interval.high, known.high) << known.n;
    EXPECT_NEAR(interval.coverage, known.coverage, 1e-6) << known.n;
  }
}

TEST(Statistics, IntervalOfAnUpperQuantile) {
  EXPECT_EQ(quantile_interval(one_to(35), 0.9).coverage, 0);
  const Interval interval = quantile_interval(one_to(36), 0.9);
  EXPECT_EQ(interval.high, 36);
  EXPECT_GE(interval.coverage, 0.95);
  EXPECT_LT(interval.low, 33);
  // The mirror image has the mirrored interval.
  const Interval mirror = quantile_interval(one_to(36), 0.1);
  EXPECT_EQ(mirror.low, 37 - interval.high);
  EXPECT_EQ(mirror.high, 37 - interval.low);
  EXPECT_NEAR(mirror.coverage, interval.coverage, 1e-12);
}

TEST(Statistics, CoverageIsWhatSimulationFinds) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> skewed(0, 2);  // true median 1
  constexpr int repetitions = 20'000;
  int covered = 0;
  double claimed = 0;
  for (int i = 0; i < repetitions; ++i) {
    std::vector<double> trials(20);
    for (double& trial : trials) trial = skewed(random);
    const Interval interval = quantile_interval(trials);
    claimed = interval.coverage;
    if (interval.low <= 1 && 1 <= interval.high) ++covered;
  }
  EXPECT_NEAR(static_cast<double>(covered) / repetitions, claimed, 0.006);  // 4 standard errors
}

TEST(Statistics, LeastTrials) {
  EXPECT_EQ(min_trials_for_interval(0.5), 6U);
  EXPECT_EQ(min_trials_for_interval(0.9), 36U);
  EXPECT_EQ(min_trials_for_interval(0.95), 72U);
  EXPECT_EQ(min_trials_for_interval(0.99), 368U);
  EXPECT_EQ(min_trials_for_interval(0.999), 3688U);
  EXPECT_EQ(min_trials_for_interval(0.9999), 36887U);
  EXPECT_EQ(min_trials_for_interval(0.1), 36U);
}

TEST(Statistics, SamplesNeeded) {
  EXPECT_EQ(samples_needed(0.5), 200U);
  EXPECT_EQ(samples_needed(0.9), 1'000U);
  EXPECT_EQ(samples_needed(0.99), 10'000U);
  EXPECT_EQ(samples_needed(0.999), 100'000U);
}

TEST(Statistics, OutliersAreClassified) {
  // Quartiles 2.25 and 4.75, range 2.5: mild beyond 8.5 and below -1.5, severe beyond 12.25.
  const std::vector<double> values{1, 2, 3, 4, 5, 4, 3, 2, 9, 50};
  const auto classes = classify_outliers(values);
  ASSERT_EQ(classes.size(), values.size());
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(classes[i], Tukey::inside) << i;
  EXPECT_EQ(classes[8], Tukey::mild);
  EXPECT_EQ(classes[9], Tukey::severe);
  EXPECT_EQ(classify_outliers({1, 1, 1, 1, 1}), std::vector<Tukey>(5, Tukey::inside));
  EXPECT_TRUE(classify_outliers({}).empty());
}

TEST(Statistics, SteadyState) {
  EXPECT_TRUE(is_steady(std::vector<double>{100, 101, 99, 100, 100}));
  EXPECT_TRUE(is_steady(std::vector<double>{100, 100, 400, 100, 100}));   // one disturbed window
  EXPECT_FALSE(is_steady(std::vector<double>{140, 130, 120, 110, 100}));  // still warming up
  EXPECT_FALSE(is_steady(std::vector<double>{100, 120, 90, 112, 100, 85}));
  EXPECT_FALSE(is_steady(std::vector<double>{100, 100}));
  EXPECT_FALSE(is_steady(std::vector<double>{0, 0, 0}));
  EXPECT_FALSE(is_steady(std::vector<double>{100, 102, 104, 106, 108}));  // 1.9 % a window
}

TEST(Statistics, CanariesAreGroupedAtTheJump) {
  const auto states = group_canaries({550, 150, 160, 540, 0, 155});
  ASSERT_EQ(states.medians.size(), 2U);
  EXPECT_EQ(states.medians[0], 155);
  EXPECT_EQ(states.medians[1], 545);
  EXPECT_EQ(states.group, (std::vector<int>{1, 0, 0, 1, -1, 0}));
  EXPECT_EQ(group_canaries({100, 140, 190, 260}).medians.size(), 1U);  // no jump of 1.5
  EXPECT_EQ(group_canaries({100, 150}).medians.size(), 2U);
  EXPECT_TRUE(group_canaries({0, 0}).medians.empty());
}

TEST(Statistics, PairedRatio) {
  const std::vector<double> b{10, 20, 30, 40, 50, 60};
  std::vector<double> a;
  for (const double value : b) a.push_back(value * 1.25);
  const Ratio same = paired_ratio(a, b);
  EXPECT_NEAR(same.ratio, 1.25, 1e-12);
  EXPECT_NEAR(same.interval.low, 1.25, 1e-12);
  EXPECT_NEAR(same.interval.high, 1.25, 1e-12);
  EXPECT_NEAR(same.interval.coverage, 0.96875, 1e-12);
  a.back() = 600;  // one wild pair moves the interval's end, not the ratio
  const Ratio wild = paired_ratio(a, b);
  EXPECT_NEAR(wild.ratio, 1.25, 1e-12);
  EXPECT_NEAR(wild.interval.high, 10, 1e-12);
  // Exchanging both sides inverts it.
  const Ratio inverse = paired_ratio(b, a);
  EXPECT_NEAR(inverse.ratio * wild.ratio, 1, 1e-12);
  EXPECT_NEAR(inverse.interval.low * wild.interval.high, 1, 1e-12);
  EXPECT_EQ(paired_ratio(a, std::vector<double>{1}).ratio, 0);
  EXPECT_EQ(paired_ratio(std::vector<double>{0}, std::vector<double>{1}).ratio, 0);
}

// P(B <= k), term by term.
double sum_of_terms(std::uint64_t n, std::uint64_t k, double q) {
  long double term = std::pow(1 - static_cast<long double>(q), static_cast<long double>(n));
  long double sum = 0;
  for (std::uint64_t i = 0; i <= k; ++i) {
    sum += term;
    term *= static_cast<long double>(n - i) / static_cast<long double>(i + 1) * (q / (1.0L - q));
  }
  return static_cast<double>(sum);
}

TEST(Statistics, BinomialIsTheSumOfItsTerms) {
  for (const double q : {0.02, 0.5, 0.9}) {
    for (const std::uint64_t n : {1U, 30U, 300U}) {
      for (std::uint64_t k = 0; k < n; k += 1 + n / 9) {
        const double expected = sum_of_terms(n, k, q);
        EXPECT_NEAR(binomial_at_most(n, k, q) / expected, 1, 1e-9) << k << " of " << n << ", " << q;
      }
      EXPECT_EQ(binomial_at_most(n, n, q), 1);
      EXPECT_EQ(binomial_at_most(n, n + 1, q), 1);
    }
  }
}

TEST(TwoGroups, AreToldWithTheirMediansAndSizes) {
  const auto groups = two_groups({9, 1, 9.2, 1.1, 9.1, 1.2, 9.3, 9.4, 1.3, 9.5});
  ASSERT_TRUE(groups);
  EXPECT_DOUBLE_EQ(groups->low, 1.15);
  EXPECT_EQ(groups->low_count, 4U);
  EXPECT_DOUBLE_EQ(groups->high, 9.25);
  EXPECT_EQ(groups->high_count, 6U);
  EXPECT_DOUBLE_EQ(groups->gap, 9 - 1.3);
}

TEST(TwoGroups, NeedAQuarterOnEitherSideAndMoreThanHalfTheRange) {
  EXPECT_FALSE(two_groups({1, 1, 9, 9, 9, 9, 9, 9, 9}));  // outliers
  EXPECT_TRUE(two_groups({1, 1, 1, 9, 9, 9, 9, 9, 9, 9}));
  EXPECT_FALSE(two_groups({9, 1, 1, 1, 1, 1, 1, 1, 1}));
  EXPECT_FALSE(two_groups({0, 1, 2, 3, 4, 8, 8, 8, 8}));  // exactly half
  EXPECT_FALSE(two_groups({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  EXPECT_FALSE(two_groups({5, 5, 5, 5, 5, 5, 5, 5, 5, 5}));
}

TEST(TwoGroups, FewValuesDoNotTell) {
  EXPECT_FALSE(two_groups({}));
  EXPECT_FALSE(two_groups({1, 1, 1, 9, 9, 9}));
  EXPECT_FALSE(two_groups({1, 1, 1, 1, 9, 9, 9, 9}));
  EXPECT_TRUE(two_groups({1, 1, 1, 1, 9, 9, 9, 9, 9}));
}

// One smooth distribution is hardly ever taken for two.
TEST(TwoGroups, AreRareWhereThereIsOne) {
  std::minstd_rand random(7);
  std::exponential_distribution<double> skewed(1);
  std::uniform_real_distribution<double> flat(0, 1);
  unsigned wrong[2] = {0, 0};
  for (int round = 0; round < 2000; ++round) {
    std::vector<double> values[2];
    for (int i = 0; i < 9; ++i) {
      values[0].push_back(skewed(random));
      values[1].push_back(flat(random));
    }
    for (int i = 0; i < 2; ++i) wrong[i] += two_groups(values[i]) ? 1U : 0U;
  }
  EXPECT_LT(wrong[0], 100U);
  EXPECT_LT(wrong[1], 100U);
}

}  // namespace
}  // namespace ipcmark
