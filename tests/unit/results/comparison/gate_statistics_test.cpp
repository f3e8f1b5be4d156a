// Against published tables, an independent implementation (Boost.Math), and small cases by hand.
#include "results/comparison/gate_statistics.hpp"

#include <gtest/gtest.h>

#include <boost/math/distributions/binomial.hpp>
#include <cmath>

namespace ipcmark {
namespace {

using boost::math::binomial_distribution;

std::vector<double> split(int above, int below, int on_it = 0) {
  std::vector<double> values(static_cast<std::size_t>(above), 2.0);
  values.insert(values.end(), static_cast<std::size_t>(below), -2.0);
  values.insert(values.end(), static_cast<std::size_t>(on_it), 1.0);
  return values;
}

TEST(SignTest, AgreesWithPublishedTables) {
  struct Known {
    int above, below;
    double p;
  };
  // Four decimals, as tables of the binomial distribution with p = 1/2 print them.
  for (const Known& known :
       {Known{5, 0, 0.0312}, Known{8, 2, 0.0547}, Known{9, 1, 0.0107}, Known{15, 5, 0.0207},
        Known{18, 7, 0.0216}, Known{20, 10, 0.0494}, Known{32, 18, 0.0325}, Known{0, 6, 1.0}}) {
    EXPECT_NEAR(sign_test_above(split(known.above, known.below), 1), known.p, 6e-5);
    EXPECT_NEAR(sign_test_below(split(known.below, known.above), 1), known.p, 6e-5);
  }
  EXPECT_EQ(sign_test_above({}, 1), 1);
}

TEST(SignTest, AValueOnTheBoundSpeaksForNeitherSide) {
  EXPECT_NEAR(sign_test_above(split(8, 0, 2), 1), 0.0546875, 1e-12);
  EXPECT_NEAR(sign_test_below(split(0, 8, 2), 1), 0.0546875, 1e-12);
  EXPECT_EQ(sign_test_above(split(0, 0, 30), 1), 1);
}

TEST(SignTest, AgreesWithBoostForEveryCount) {
  for (const int n : {1, 7, 30, 200}) {
    const binomial_distribution<double> coin(n, 0.5);
    for (int above = 0; above <= n; ++above) {
      const double expected = above == 0 ? 1 : boost::math::cdf(complement(coin, above - 1));
      const double p = sign_test_above(split(above, n - above), 0);
      EXPECT_NEAR(p, expected, 1e-9 * expected) << above << " of " << n;  // tiny tails, too
    }
  }
}

TEST(Holm, StepsDown) {
  // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
  const std::vector<double> adjusted = holm(std::vector<double>{0.01, 0.04, 0.03, 0.005});
  ASSERT_EQ(adjusted.size(), 4U);
  const double expected[] = {0.03, 0.06, 0.06, 0.02};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(adjusted[i], expected[i], 1e-12);
  EXPECT_EQ(holm(std::vector<double>{0.5, 0.7}), (std::vector<double>{1, 1}));
  EXPECT_TRUE(holm({}).empty());
}

TEST(Holm, SmallestNumberOfPairsThatCanReject) {
  EXPECT_EQ(min_pairs(1), 5U);
  EXPECT_EQ(min_pairs(20), 9U);
  EXPECT_EQ(min_pairs(60), 11U);
  for (const std::size_t tests : {1U, 20U, 60U, 360U}) {
    const auto n = static_cast<int>(min_pairs(tests));
    const auto level = 0.05 / static_cast<double>(tests);
    EXPECT_LE(sign_test_above(split(n, 0), 0), level);
    EXPECT_GT(sign_test_above(split(n - 1, 0), 0), level);
  }
}

TEST(RunToRun, IsTheDeviationOfLogarithms) {
  const RunToRun known = run_to_run(std::vector<double>{1, std::exp(0.1), std::exp(0.2)});
  EXPECT_NEAR(known.deviation, 0.1, 1e-12);
  EXPECT_EQ(known.runs, 3U);
  EXPECT_EQ(run_to_run(std::vector<double>{5}).runs, 0U);
  EXPECT_EQ(run_to_run(std::vector<double>{5, 0}).runs, 0U);
}

const std::vector<double> one_to_seven{1, 2, 3, 4, 5, 6, 7};

std::vector<double> times(std::vector<double> values, double factor) {
  for (double& value : values) value *= factor;
  return values;
}

TEST(UnpairedRatio, CombinesBothIntervals) {
  // Two independent intervals of 95 % together take 97.5 % each: of seven trials, the range.
  const Ratio ratio = UnpairedRatio(one_to_seven, times(one_to_seven, 10), {}).ratio();
  EXPECT_NEAR(ratio.ratio, 10, 1e-12);
  EXPECT_NEAR(ratio.interval.low, 10.0 / 7, 1e-12);
  EXPECT_NEAR(ratio.interval.high, 70, 1e-12);
  EXPECT_NEAR(ratio.interval.coverage, (1 - 2.0 / 128) * (1 - 2.0 / 128), 1e-12);
  const Ratio six = UnpairedRatio({1, 2, 3, 4, 5, 6}, one_to_seven, {}).ratio();
  EXPECT_EQ(six.interval.coverage, 0);
  EXPECT_EQ(UnpairedRatio({}, {1}, {}).ratio().ratio, 0);
  EXPECT_EQ(UnpairedRatio({1, 0}, {1, 2}, {}).ratio().ratio, 0);
}

TEST(UnpairedRatio, PIsTheLeastTailWhoseIntervalExcludesTheLimit) {
  const UnpairedRatio apart(one_to_seven, times(one_to_seven, 10), {});
  // Only the range excludes 1.05; each side misses with 1/128.
  EXPECT_NEAR(apart.p_above(1.05), 1 - (127.0 / 128) * (127.0 / 128), 1e-6);
  EXPECT_EQ(apart.p_below(1 / 1.05), 1);
  const UnpairedRatio mirrored(times(one_to_seven, 10), one_to_seven, {});
  EXPECT_NEAR(mirrored.p_below(1 / 1.05), apart.p_above(1.05), 1e-6);
  EXPECT_EQ(UnpairedRatio({1}, {100}, {}).p_above(1.05), 1);  // no tail of one trial is below half
}

TEST(UnpairedRatio, IsWidenedByWhatRunsDifferBy) {
  const std::vector<double> same(30, 100.0);
  // Student's t of two degrees of freedom: 4.302653 (tables).
  const double reach = 4.302653 * std::sqrt(2.0) * 0.01;
  const UnpairedRatio widened(same, times(same, 1.1), {0.01, 3});
  EXPECT_NEAR(widened.ratio().interval.low, 1.1 * std::exp(-reach), 1e-6);
  EXPECT_NEAR(widened.ratio().interval.high, 1.1 * std::exp(reach), 1e-6);
  // ln(1.1 / 1.05) = 0.0465: t = 3.289 of two degrees, a tail of 0.0406.
  EXPECT_NEAR(widened.p_above(1.05), 0.0406, 0.0002);
  EXPECT_LT(UnpairedRatio(same, times(same, 1.1), {}).p_above(1.05), 1e-6);
}

TEST(MoreRounds, ReachThePowerTheyPromise) {
  for (const std::uint64_t above : {0U, 3U, 9U, 10U}) {
    const auto more = more_pairs(above, 12, 0.025);
    if (!more) continue;
    const double seen = (static_cast<double>(above) + 0.5) / 13;
    const auto n = static_cast<double>(12 + *more);
    const binomial_distribution<double> coin(n, 0.5);
    const binomial_distribution<double> real(n, std::max(seen, 1 - seen));
    double critical = n;
    while (boost::math::cdf(complement(coin, critical - 2)) <= 0.025) --critical;
    EXPECT_GE(boost::math::cdf(complement(real, critical - 1)), 0.8) << above;
  }
  // Noether's approximation for 70 % above, a tail of 5 % and 80 % power: 39 in all.
  const auto noether = more_pairs(7, 10, 0.05);
  ASSERT_TRUE(noether);
  EXPECT_NEAR(static_cast<double>(*noether), 29 + 20, 12);  // 68 % after the half pair each
  EXPECT_EQ(more_pairs(10, 20, 0.025), std::nullopt);       // the median lies at the bound
  EXPECT_LT(*more_pairs(1, 20, 0.025), *more_pairs(5, 20, 0.025));
  EXPECT_LT(*more_pairs(15, 20, 0.05), *more_pairs(15, 20, 0.0005));
}

TEST(MoreRounds, OfStoredResults) {
  std::vector<double> noisy;
  for (int i = 0; i < 20; ++i) noisy.push_back(std::exp(0.01 * (i - 9.5)));
  const UnpairedRatio ratio(noisy, noisy, {});
  const double high = std::log(ratio.ratio().interval.high);  // 0.1: ranks 5 and 16 of each
  EXPECT_NEAR(high, 0.11, 1e-9);
  const auto more = ratio.more_trials(1.05, 0.025);
  ASSERT_TRUE(more);
  const double needed = 20 * (high / std::log(1.05)) * (high / std::log(1.05));
  EXPECT_NEAR(static_cast<double>(*more), needed - 20, 1);
  // Runs that differ by more than the room there is: no number of trials decides.
  EXPECT_EQ(UnpairedRatio(noisy, noisy, {0.05, 3}).more_trials(1.05, 0.025), std::nullopt);
  EXPECT_EQ(*UnpairedRatio({1, 1}, {1, 1}, {}).more_trials(1.05, 0.025), 5U);  // seven at least
}

Evidence evidence(double p_worse, double p_better, double high, double coverage = 0.95) {
  return {1.05, p_worse, p_better, {0.9, high, coverage}};
}

TEST(Verdicts, FollowTheTestsAndTheInterval) {
  const auto verdicts = judge(std::vector<Evidence>{
      evidence(0.001, 1, 1.2), evidence(1, 0.001, 0.8), evidence(0.9, 0.9, 1.04),
      evidence(0.9, 0.9, 1.06), evidence(0.9, 0.9, 1.04, 0)});
  ASSERT_EQ(verdicts.size(), 5U);
  EXPECT_EQ(verdicts[0].verdict, Verdict::regression);
  EXPECT_EQ(verdicts[1].verdict, Verdict::improved);
  EXPECT_EQ(verdicts[2].verdict, Verdict::no_regression);
  EXPECT_EQ(verdicts[3].verdict, Verdict::inconclusive);
  EXPECT_EQ(verdicts[4].verdict, Verdict::inconclusive);  // a mere range is no interval
  EXPECT_NEAR(verdicts[0].p_worse, 0.005, 1e-12);
}

TEST(Verdicts, FewerRoundsThanCouldRejectAreTooFewWhateverTheIntervalSays) {
  const auto of_rounds = [](std::size_t rounds, double factor, std::size_t tests) {
    const std::vector<double> base(rounds, 100);
    const std::vector<double> candidate(rounds, 100 * factor);
    const std::vector<Evidence> all(tests, paired_evidence(base, candidate, false, 1.05));
    return judge(all)[0].verdict;
  };
  EXPECT_EQ(of_rounds(7, 1.0, 10), Verdict::too_few_rounds);  // 10 / 2^7 > 0.05
  EXPECT_EQ(of_rounds(7, 2.0, 10), Verdict::too_few_rounds);
  EXPECT_EQ(of_rounds(8, 1.0, 10), Verdict::no_regression);
  EXPECT_EQ(of_rounds(8, 2.0, 10), Verdict::regression);
  EXPECT_EQ(min_pairs(10), 8U);
  EXPECT_STREQ(to_string(Verdict::too_few_rounds), "TOO FEW ROUNDS");
}

TEST(Verdicts, OfStoredResultsLikewise) {
  const auto of_trials = [](std::size_t trials, double factor, std::size_t tests) {
    const UnpairedRatio ratio(std::vector<double>(trials, 100),
                              std::vector<double>(trials, 100 * factor), {});
    const Evidence one{1.05, ratio.p_above(1.05), ratio.p_below(1 / 1.05), ratio.ratio().interval,
                       min_unpaired_p(trials, trials)};
    return judge(std::vector<Evidence>(tests, one))[0].verdict;
  };
  EXPECT_EQ(of_trials(6, 1, 2), Verdict::too_few_rounds);
  EXPECT_EQ(of_trials(6, 2, 2), Verdict::too_few_rounds);
  EXPECT_EQ(of_trials(8, 1, 2), Verdict::no_regression);
  EXPECT_EQ(of_trials(8, 2, 2), Verdict::regression);
}

TEST(Excess, IsTheTwoSidedBinomialTest) {
  EXPECT_NEAR(two_sided_binomial(0, 10, 0.5), 2.0 / 1024, 1e-12);
  EXPECT_NEAR(two_sided_binomial(10, 0, 0.5), 2.0 / 1024, 1e-12);
  EXPECT_NEAR(two_sided_binomial(5, 5, 0.5), 1, 1e-12);
  EXPECT_NEAR(two_sided_binomial(2, 8, 0.5), 112.0 / 1024, 1e-12);
  EXPECT_NEAR(two_sided_binomial(3, 0, 0.25), 1.0 / 64, 1e-12);  // none below is as improbable
  EXPECT_EQ(two_sided_binomial(0, 0, 0.5), 1);
}

TEST(PairedEvidence, WidenedByTheClocksStepIsNotOfOneStep) {
  // 171 and 181 ns in every one of 30 rounds, by a clock that moves by 10.
  const std::vector<double> base(30, 171);
  const std::vector<double> candidate(30, 181);
  EXPECT_LT(paired_evidence(base, candidate, false, 1.05).p_worse, 1e-6);
  const auto shifted = [](const std::vector<double>& values, double by) {
    return std::vector<double>(values.size(), values[0] + by);
  };
  const auto half_each = [&](const std::vector<double>& b, const std::vector<double>& c) {
    return widened(paired_evidence(shifted(b, 5), shifted(c, -5), false, 1.05),
                   paired_evidence(shifted(b, -5), shifted(c, 5), false, 1.05));
  };
  const Evidence one_step = half_each(base, candidate);
  EXPECT_EQ(one_step.p_worse, 1);
  EXPECT_LE(one_step.ratio.low, 1);
  EXPECT_GT(one_step.ratio.high, 1.1);
  EXPECT_LT(half_each(base, std::vector<double>(30, 201)).p_worse, 1e-6);
}

TEST(Verdicts, AreHarderToGetAmongManyTests) {
  std::vector<Evidence> many(20, evidence(0.9, 0.9, 1.5));
  many[7] = evidence(0.02, 1, 1.5);
  EXPECT_EQ(judge(many)[7].verdict, Verdict::inconclusive);
  EXPECT_EQ(judge(std::vector<Evidence>{many[7]})[0].verdict, Verdict::regression);
  EXPECT_STREQ(to_string(Verdict::no_regression), "NO REGRESSION");
}

}  // namespace
}  // namespace ipcmark
