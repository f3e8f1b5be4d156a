#include "results/figures/statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <cstddef>
#include <map>
#include <tuple>

namespace ipcmark {
namespace {

constexpr double state_jump = 1.5;
constexpr std::size_t fewest_for_groups = 9;
constexpr double steady_slope = 0.01;
constexpr double steady_deviation = 0.05;

// Probabilities carry rounding errors; 0.025 reached exactly counts as reached.
constexpr double tolerance = 1e-12;

// The greatest rank (from 1) with P(B < rank) <= tail; 0: none.
std::uint64_t lower_rank(std::uint64_t n, double q, double tail) {
  std::uint64_t rank = 0;
  while (rank < n && binomial_at_most(n, rank, q) <= tail + tolerance) ++rank;
  return rank;
}

// Which of n sorted values are the ends of an interval, from 1. Coverage 0: the range of them all.
struct Ranks {
  std::uint64_t low = 0, high = 0;
  double coverage = 0;
};

Ranks new_ranks(std::uint64_t n, double q, double confidence) {
  const double tail = (1 - confidence) / 2;
  // The upper rank mirrors the lower one of the opposite quantile.
  const std::uint64_t low = lower_rank(n, q, tail);
  const std::uint64_t from_top = lower_rank(n, 1 - q, tail);
  if (low == 0 || from_top == 0 || n + 1 - from_top <= low) return {1, n, 0};
  const std::uint64_t high = n + 1 - from_top;
  return {low, high, binomial_at_most(n, high - 1, q) - binomial_at_most(n, low - 1, q)};
}

// Thousands of figures have the same few numbers of trials, and what they ask for takes longer than
// all else that is done with a figure.
Ranks ranks_of(std::uint64_t n, double q, double confidence) {
  thread_local std::map<std::tuple<std::uint64_t, double, double>, Ranks> known;
  constexpr std::size_t max_known = 1000;
  if (known.size() >= max_known) known.clear();
  const auto [place, added] = known.try_emplace({n, q, confidence});
  if (added) place->second = new_ranks(n, q, confidence);
  return place->second;
}

}  // namespace

double binomial_at_most(std::uint64_t n, std::uint64_t k, double q) {
  if (k >= n) return 1;
  const boost::math::binomial_distribution<double> drawn(static_cast<double>(n), q);
  return boost::math::cdf(drawn, static_cast<double>(k));
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  if (values.size() % 2 == 1) return values[middle];
  return values[middle - 1] + (values[middle] - values[middle - 1]) / 2;
}

double interpolated_quantile(std::vector<double> values, double q) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const double place = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  if (below + 1 >= values.size()) return values.back();
  const double part = place - static_cast<double>(below);
  return values[below] + part * (values[below + 1] - values[below]);
}

double median_absolute_deviation(const std::vector<double>& values) {
  const double middle = median(values);
  std::vector<double> distances;
  distances.reserve(values.size());
  for (const double value : values) distances.push_back(std::abs(value - middle));
  return median(std::move(distances));
}

Interval quantile_interval(std::vector<double> values, double q, double confidence) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const Ranks ranks = ranks_of(static_cast<std::uint64_t>(values.size()), q, confidence);
  return {values[ranks.low - 1], values[ranks.high - 1], ranks.coverage};
}

std::uint64_t min_trials_for_interval(double q, double confidence) {
  // All values on one side of the quantile must be rarer than one tail.
  const double worst = std::max(q, 1 - q);
  const double exact = std::log((1 - confidence) / 2) / std::log(worst);
  return static_cast<std::uint64_t>(std::ceil(exact - tolerance));
}

std::uint64_t samples_needed(double q, std::uint64_t beyond) {
  const double exact = static_cast<double>(beyond) / (1 - q);
  return static_cast<std::uint64_t>(std::ceil(exact * (1 - tolerance)));
}

std::vector<Tukey> classify_outliers(const std::vector<double>& values) {
  const double low = interpolated_quantile(values, 0.25);
  const double high = interpolated_quantile(values, 0.75);
  const double range = high - low;
  std::vector<Tukey> classes;
  classes.reserve(values.size());
  for (const double value : values) {
    const double outside = std::max(low - value, value - high);
    classes.push_back(outside > 3 * range     ? Tukey::severe
                      : outside > 1.5 * range ? Tukey::mild
                                              : Tukey::inside);
  }
  return classes;
}

std::optional<TwoGroups> two_groups(std::vector<double> values) {
  if (values.size() < fewest_for_groups) return std::nullopt;
  std::sort(values.begin(), values.end());
  std::size_t split = 0;  // the first value above the largest gap
  TwoGroups groups;
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (values[i] - values[i - 1] <= groups.gap) continue;
    groups.gap = values[i] - values[i - 1];
    split = i;
  }
  groups.low_count = split;
  groups.high_count = values.size() - split;
  const bool few = 4 * std::min(groups.low_count, groups.high_count) < values.size();
  if (few || 2 * groups.gap <= values.back() - values.front()) return std::nullopt;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(split);
  groups.low = median({values.begin(), middle});
  groups.high = median({middle, values.end()});
  return groups;
}

bool is_steady(std::span<const double> windows) {
  if (windows.size() < 3) return false;
  const std::vector<double> values(windows.begin(), windows.end());
  const double middle = median(values);
  if (!(middle > 0)) return false;
  std::vector<double> slopes;
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = i + 1; j < values.size(); ++j) {
      slopes.push_back((values[j] - values[i]) / static_cast<double>(j - i));
    }
  }
  return std::abs(median(std::move(slopes))) < steady_slope * middle &&
         median_absolute_deviation(values) < steady_deviation * middle;
}

MachineStates group_canaries(const std::vector<double>& readings) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < readings.size(); ++i) {
    if (readings[i] > 0) order.push_back(i);
  }
  std::sort(order.begin(), order.end(),
            [&readings](std::size_t a, std::size_t b) { return readings[a] < readings[b]; });
  MachineStates states;
  states.group.assign(readings.size(), -1);
  std::vector<double> members;
  for (const std::size_t i : order) {
    const double reading = readings[i];
    if (!members.empty() && reading >= state_jump * members.back()) {
      states.medians.push_back(median(std::move(members)));
      members = {};
    }
    if (members.empty()) states.lowest.push_back(reading);
    members.push_back(reading);
    states.group[i] = static_cast<int>(states.medians.size());
  }
  if (!members.empty()) states.medians.push_back(median(std::move(members)));
  return states;
}

Ratio paired_ratio(std::span<const double> a, std::span<const double> b, double confidence) {
  if (a.size() != b.size() || a.empty()) return {};
  std::vector<double> logs;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!(a[i] > 0) || !(b[i] > 0)) return {};
    logs.push_back(std::log(a[i] / b[i]));
  }
  const Interval interval = quantile_interval(logs, 0.5, confidence);
  return {std::exp(median(std::move(logs))),
          {std::exp(interval.low), std::exp(interval.high), interval.coverage}};
}

}  // namespace ipcmark
