// Is the candidate worse than the base? The tests and intervals behind a verdict: pure functions.
//
// Paired values (two builds that took turns) are judged by the sign test: it asks nothing of the
// distribution, neither symmetry nor one peak, only that pairs are independent of each other. What
// drifts slowly hits both of a pair and cancels. On skewed differences its 95 % interval covers
// 96.7 %, the signed-rank test's 91.5 % (M. Leitner-Ankerl, nanobench).
//
// Stored results are not paired: their rounds have nothing in common. Their ratio is that of the
// two medians, and its interval the two order-statistic intervals combined: if each median lies in
// its own interval, their ratio lies between low / high and high / low, and two independent
// intervals that each hold with 1 - a both hold with (1 - a)^2. Why not Mann and Whitney's interval
// (Hodges and Lehmann's shift), which is narrower: it is exact only when both sides have the same
// shape, and on values with two peaks its shift is another figure than the ratio of the medians
// that stands beside it, which may then lie outside of it. Combined intervals are wider than need
// be, as the box holds both medians rather than their ratio; a verdict on stored results is
// advisory, and errs on the side of "inconclusive".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "results/figures/statistics.hpp"

namespace ipcmark {

// Exact one-sided sign test of "the median of `values` is at most `bound`": small when too many lie
// above. A value equal to the bound does not speak against it, so with ties it is on the safe side.
double sign_test_above(std::span<const double> values, double bound);
// The mirror image: of "the median is at least `bound`".
double sign_test_below(std::span<const double> values, double bound);

// Of things that befall one side or the other, `share` of them the first when it is all chance: how
// probable are numbers no more probable than these (exact, two-sided)? 1 when there are none.
double two_sided_binomial(std::uint64_t first, std::uint64_t second, double share);
// At most that: more than chance explains, and said so. It decides nothing.
inline constexpr double excess_level = 0.01;

// Holm's step-down (S. Holm, 1979): the adjusted p-values, in the same order. Those that are at
// most alpha may be rejected together, and the chance that any of them is rejected wrongly is at
// most alpha, whatever the tests have to do with each other.
std::vector<double> holm(std::span<const double> p_values);

// How much an unchanged build's figure differs from one run to the next, beside what its trials
// show: from the medians of several runs of it.
struct RunToRun {
  double deviation = 0;  // standard deviation of the logarithm of a run's median
  unsigned runs = 0;     // 0: not known
};
// Two runs at least, all medians positive; otherwise "not known".
RunToRun run_to_run(std::span<const double> medians);

// Two stored samples, independent of each other; all values positive. The widening adds, in
// quadrature and on the logarithm, Student's t times the deviation between two runs. (The deviation
// holds the trials' own spread already, which is then counted twice: wider, never narrower.)
class UnpairedRatio {
 public:
  UnpairedRatio(std::vector<double> base, std::vector<double> candidate, RunToRun between);
  // Candidate over base: the ratio of the medians. Coverage 0: too few trials on one side for the
  // confidence, the interval is then what both ranges allow. A ratio of 0: nothing to compare.
  Ratio ratio(double confidence = 0.95) const;
  // p-values of "the ratio is at most `limit`" and "at least `limit`": the least tail whose
  // interval excludes it.
  double p_above(double limit) const;
  double p_below(double limit) const;
  // About how many more trials a side would bring the interval (its tail) clear of the limit, going
  // by its width now; nothing when no number would, because runs differ by more than that.
  std::optional<std::uint64_t> more_trials(double limit, double tail) const;

 private:
  struct Bounds {
    double low = 0, high = 0;  // logarithms
    double coverage = 0;
  };
  Bounds bounds(double tail, bool widened) const;
  double min_tail(double log_limit, bool above) const;

  std::vector<double> base_, candidate_;
  RunToRun between_;
  double log_ratio_ = 0;
};

// About how many more pairs a sign test would need to decide, should later pairs fall on the two
// sides of the bound as `above` of `pairs` did: the minimum number that rejects with a chance of 80
// %. `tail`: level of the test. Nothing beyond a thousand: the median lies about at the bound.
std::optional<std::uint64_t> more_pairs(std::uint64_t above, std::uint64_t pairs, double tail);

enum class Verdict : std::uint8_t {
  regression,
  too_few_rounds,
  inconclusive,
  improved,
  no_regression
};
const char* to_string(Verdict value);  // "REGRESSION", "NO REGRESSION", …

// What is known of one gated metric. Ratios are turned so that above 1 is worse.
struct Evidence {
  double limit = 1.05;  // 1 + the minimum effect that counts
  double p_worse = 1;   // of "at most `limit` times worse"
  double p_better = 1;  // of "at most `limit` times better"
  Interval ratio;       // with 95 %; coverage 0: too few values for one
  double min_p = 0;     // the smallest that so many values could have given
};
// Of two builds that took turns: value i of one belongs to value i of the other, all positive.
Evidence paired_evidence(std::span<const double> base, std::span<const double> candidate,
                         bool higher_is_better, double limit);
// The same where each value is known to `half` either way only: `min` was made of a candidate
// that is better by that and a base that is worse, `max` the other way round. Worse is what is so
// in spite of it, and better likewise.
Evidence widened(const Evidence& min, const Evidence& max);

struct Judgement {
  Verdict verdict = Verdict::inconclusive;
  double p_worse = 1, p_better = 1;  // adjusted for all the tests
};
// All gated metrics at once, in the same order. Regressions are one family of tests, improvements
// another; each has a chance of at most alpha of a wrong one.
//   REGRESSION     worse by more than the limit, by Holm
//   IMPROVED       better by more than the limit, by Holm
//   NO REGRESSION  the interval's worse end is below the limit
//   INCONCLUSIVE   otherwise
//   TOO FEW ROUNDS in place of the last two: so few that no value could have been a REGRESSION
std::vector<Judgement> judge(std::span<const Evidence> evidence, double alpha = 0.05);

// The smallest p-value that so many trials of two stored sides could give.
double min_unpaired_p(std::size_t base, std::size_t candidate);
// The minimum number of pairs with which a sign test can reject at all, among that many tests.
std::uint64_t min_pairs(std::size_t tests, double alpha = 0.05);

}  // namespace ipcmark
