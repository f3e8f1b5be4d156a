#include "results/comparison/gate_statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace ipcmark {
namespace {

constexpr std::uint64_t max_pairs = 1000;
constexpr double wanted_power = 0.8;
// 105 ns against 100 ns is exactly 5 %, whatever the last bit of the logarithm says.
constexpr double on_it = 1e-12;

// P(B >= heads) for a fair coin, which is P(B <= tails): summed from its small end.
double at_least(std::uint64_t heads, std::uint64_t throws) {
  return heads > throws ? 0 : binomial_at_most(throws, throws - heads, 0.5);
}

// The chance that a sign test of that many pairs (a thousand at most) rejects, when each lies above
// with `share`.
double power(std::uint64_t pairs, double share, double tail) {
  const auto count = static_cast<double>(pairs);
  double term = std::exp2(-count);
  double total = 0;
  std::uint64_t below = 0;  // so many and more of them do not reject
  while (below <= pairs && total + term <= tail) {
    total += term;
    term *= (count - static_cast<double>(below)) / static_cast<double>(below + 1);
    ++below;
  }
  return below == 0 ? 0 : binomial_at_most(pairs, below - 1, 1 - share);
}

double student(unsigned degrees, double tail) {
  const boost::math::students_t_distribution<double> distribution(degrees);
  return boost::math::quantile(boost::math::complement(distribution, tail));
}

std::vector<double> logarithms(std::vector<double> values) {
  for (double& value : values) value = std::log(value);
  return values;
}

bool all_finite_and_positive(const std::vector<double>& values) {
  return !values.empty() && std::all_of(values.begin(), values.end(),
                                        [](double v) { return v > 0 && std::isfinite(v); });
}

}  // namespace

double sign_test_above(std::span<const double> values, double bound) {
  const auto above =
      std::count_if(values.begin(), values.end(), [bound](double v) { return v > bound + on_it; });
  return values.empty() ? 1 : at_least(static_cast<std::uint64_t>(above), values.size());
}

double sign_test_below(std::span<const double> values, double bound) {
  const auto below =
      std::count_if(values.begin(), values.end(), [bound](double v) { return v < bound - on_it; });
  return values.empty() ? 1 : at_least(static_cast<std::uint64_t>(below), values.size());
}

double two_sided_binomial(std::uint64_t first, std::uint64_t second, double share) {
  const std::uint64_t all = first + second;
  if (all == 0 || !(share > 0 && share < 1)) return 1;
  // From both ends towards the middle, of which each end holds what is no more probable.
  const auto probability = [&](std::uint64_t count) {
    const double below = count == 0 ? 0 : binomial_at_most(all, count - 1, share);
    return binomial_at_most(all, count, share) - below;
  };
  const double seen = probability(first) * (1 + 1e-7);
  double total = 0;
  for (std::uint64_t count = 0; count <= all; ++count) {
    if (const double each = probability(count); each <= seen) total += each;
  }
  return std::min(total, 1.0);
}

std::vector<double> holm(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.size());
  double largest = 0;  // who steps down does not come up again
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto left = static_cast<double>(order.size() - i);
    largest = std::max(largest, std::min(1.0, left * p_values[order[i]]));
    adjusted[order[i]] = largest;
  }
  return adjusted;
}

RunToRun run_to_run(std::span<const double> medians) {
  const std::vector<double> values(medians.begin(), medians.end());
  if (values.size() < 2 || !all_finite_and_positive(values)) return {};
  const std::vector<double> logs = logarithms(values);
  const auto count = static_cast<double>(logs.size());
  const double mean = std::accumulate(logs.begin(), logs.end(), 0.0) / count;
  double squares = 0;
  for (const double value : logs) squares += (value - mean) * (value - mean);
  return {std::sqrt(squares / (count - 1)), static_cast<unsigned>(logs.size())};
}

UnpairedRatio::UnpairedRatio(std::vector<double> base, std::vector<double> candidate,
                             RunToRun between)
    : between_(between) {
  if (!all_finite_and_positive(base) || !all_finite_and_positive(candidate)) return;
  log_ratio_ = std::log(median(candidate) / median(base));
  base_ = logarithms(std::move(base));
  candidate_ = logarithms(std::move(candidate));
}

UnpairedRatio::Bounds UnpairedRatio::bounds(double tail, bool widened) const {
  // Both sides must hold: (1 - each)^2 = 1 - tail.
  const double each = 1 - std::sqrt(1 - tail);
  const Interval base = quantile_interval(base_, 0.5, 1 - 2 * each);
  const Interval candidate = quantile_interval(candidate_, 0.5, 1 - 2 * each);
  Bounds bounds{candidate.low - base.high, candidate.high - base.low,
                base.coverage * candidate.coverage};
  if (!widened || between_.runs < 2) return bounds;
  const double reach = student(between_.runs - 1, tail) * std::sqrt(2.0) * between_.deviation;
  bounds.low = log_ratio_ - std::hypot(log_ratio_ - bounds.low, reach);
  bounds.high = log_ratio_ + std::hypot(bounds.high - log_ratio_, reach);
  return bounds;
}

Ratio UnpairedRatio::ratio(double confidence) const {
  if (base_.empty()) return {};
  const Bounds whole = bounds((1 - confidence) / 2, true);
  return {std::exp(log_ratio_), {std::exp(whole.low), std::exp(whole.high), whole.coverage}};
}

double UnpairedRatio::min_tail(double log_limit, bool above) const {
  const auto excludes = [&](double tail) {
    const Bounds at = bounds(tail, true);
    return at.coverage > 0 && (above ? at.low > log_limit : at.high < log_limit);
  };
  double no = 1e-9;  // beyond that the sums' rounding shows
  double yes = 0.5;
  if (base_.empty() || !excludes(yes)) return 1;
  if (excludes(no)) return no;
  // The intervals are nested, so there is one place where it changes; found to six digits.
  while (yes / no > 1 + 1e-6) {
    const double middle = std::sqrt(no * yes);
    (excludes(middle) ? yes : no) = middle;
  }
  return yes;
}

double UnpairedRatio::p_above(double limit) const { return min_tail(std::log(limit), true); }
double UnpairedRatio::p_below(double limit) const { return min_tail(std::log(limit), false); }

std::optional<std::uint64_t> UnpairedRatio::more_trials(double limit, double tail) const {
  if (base_.empty()) return std::nullopt;
  const double room = std::abs(std::log(limit) - log_ratio_);
  const double reach = between_.runs < 2
                           ? 0
                           : student(between_.runs - 1, tail) * std::sqrt(2.0) * between_.deviation;
  if (room <= reach) return std::nullopt;
  const Bounds now = bounds(tail, false);
  const double half = std::log(limit) > log_ratio_ ? now.high - log_ratio_ : log_ratio_ - now.low;
  const double allowed = std::sqrt(room * room - reach * reach);
  const auto have = static_cast<double>(std::min(base_.size(), candidate_.size()));
  // An interval shrinks with the root of the number; below the minimum number there is none.
  const double each = 1 - std::sqrt(1 - tail);
  const double needed = std::max(have * (half / allowed) * (half / allowed),
                                 static_cast<double>(min_trials_for_interval(0.5, 1 - 2 * each)));
  if (needed > static_cast<double>(max_pairs)) return std::nullopt;
  return static_cast<std::uint64_t>(std::max(1.0, std::ceil(needed - have)));
}

std::optional<std::uint64_t> more_pairs(std::uint64_t above, std::uint64_t pairs, double tail) {
  // Half a pair on each side more than seen: ten of ten do not prove that all will be.
  const double seen = (static_cast<double>(above) + 0.5) / (static_cast<double>(pairs) + 1);
  const double share = std::max(seen, 1 - seen);
  if (pairs >= max_pairs || power(max_pairs, share, tail) < wanted_power) return std::nullopt;
  // Power grows with the number but for small steps back, which an "about" may ignore.
  std::uint64_t too_few = pairs;
  std::uint64_t enough = max_pairs;
  while (enough - too_few > 1) {
    const std::uint64_t middle = (too_few + enough) / 2;
    (power(middle, share, tail) >= wanted_power ? enough : too_few) = middle;
  }
  return enough - pairs;
}

const char* to_string(Verdict value) {
  switch (value) {
    case Verdict::regression:
      return "REGRESSION";
    case Verdict::too_few_rounds:
      return "TOO FEW ROUNDS";
    case Verdict::inconclusive:
      return "INCONCLUSIVE";
    case Verdict::improved:
      return "IMPROVED";
    case Verdict::no_regression:
      return "NO REGRESSION";
  }
  return "unknown";
}

Evidence paired_evidence(std::span<const double> base, std::span<const double> candidate,
                         bool higher_is_better, double limit) {
  const std::span<const double> worse = higher_is_better ? base : candidate;
  const std::span<const double> better = higher_is_better ? candidate : base;
  std::vector<double> logs(worse.size());
  for (std::size_t i = 0; i < logs.size(); ++i) logs[i] = std::log(worse[i] / better[i]);
  const double bound = std::log(limit);
  return {limit, sign_test_above(logs, bound), sign_test_below(logs, -bound),
          paired_ratio(worse, better).interval, std::exp2(-static_cast<double>(logs.size()))};
}

Evidence widened(const Evidence& min, const Evidence& max) {
  Evidence both = min;
  both.p_better = max.p_better;
  both.ratio.high = max.ratio.high;
  return both;
}

std::vector<Judgement> judge(std::span<const Evidence> evidence, double alpha) {
  std::vector<double> worse;
  std::vector<double> better;
  for (const Evidence& each : evidence) {
    worse.push_back(each.p_worse);
    better.push_back(each.p_better);
  }
  worse = holm(worse);
  better = holm(better);
  std::vector<Judgement> judgements;
  for (std::size_t i = 0; i < evidence.size(); ++i) {
    Judgement& each = judgements.emplace_back();
    each.p_worse = worse[i];
    each.p_better = better[i];
    const bool below =
        evidence[i].ratio.coverage > 0 && evidence[i].ratio.high < evidence[i].limit * (1 - on_it);
    const bool too_few =
        evidence[i].min_p * static_cast<double>(evidence.size()) > alpha * (1 + on_it);
    each.verdict = worse[i] <= alpha    ? Verdict::regression
                   : better[i] <= alpha ? Verdict::improved
                   : too_few            ? Verdict::too_few_rounds
                   : below              ? Verdict::no_regression
                                        : Verdict::inconclusive;
  }
  return judgements;
}

double min_unpaired_p(std::size_t base, std::size_t candidate) {
  // Each side's interval needs all its values on one side of the median: 2^-n in its tail.
  const double each = std::exp2(-static_cast<double>(std::min(base, candidate)));
  return 1 - (1 - each) * (1 - each);
}

std::uint64_t min_pairs(std::size_t tests, double alpha) {
  const double halvings = std::log2(static_cast<double>(std::max<std::size_t>(tests, 1)) / alpha);
  return static_cast<std::uint64_t>(std::ceil(halvings - 1e-12));
}

}  // namespace ipcmark
