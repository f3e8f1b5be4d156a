// Statistics of a handful of trials: pure functions, no state.
//
// The intervals are the binomial order-statistic ones (exact for any distribution, no normal
// theory): n independent values lie below the true quantile q as often as n throws of a coin that
// shows heads with probability q.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace ipcmark {

// P(B <= k) for B binomial(n, q), 0 < q < 1; small values are as exact as large ones.
double binomial_at_most(std::uint64_t n, std::uint64_t k, double q);

// Mean of the middle two for an even count; 0 when empty.
double median(std::vector<double> values);
// Linear interpolation between order statistics (Hyndman and Fan, type 7); 0 when empty.
double interpolated_quantile(std::vector<double> values, double q);
// Median of the absolute distances from the median.
double median_absolute_deviation(const std::vector<double>& values);

struct Interval {
  double low = 0, high = 0;
  double coverage =
      0;  // exact; 0: too few values for the confidence asked, [low, high] is the range
};
// The narrowest interval between two of the values with at most (1 - confidence) / 2 in each tail.
Interval quantile_interval(std::vector<double> values, double q = 0.5, double confidence = 0.95);
// The minimum number of values for which quantile_interval() has a coverage: 6 for the median.
std::uint64_t min_trials_for_interval(double q = 0.5, double confidence = 0.95);

// The minimum number of samples with at least `beyond` of them above the quantile.
std::uint64_t samples_needed(double q, std::uint64_t beyond = 100);

enum class Tukey : std::uint8_t { inside, mild, severe };
// Beyond 1.5 and 3 interquartile ranges from the quartiles. Same order as `values`.
std::vector<Tukey> classify_outliers(const std::vector<double>& values);

// Two groups of values with nothing between them: the largest gap is more than half the range, and
// on either side of it is at least a quarter of the values. Nothing with fewer than nine: of fewer,
// one smooth distribution looks like that more often than once in twenty.
struct TwoGroups {
  double low = 0, high = 0;  // the median of each
  std::size_t low_count = 0, high_count = 0;
  double gap = 0;
};
std::optional<TwoGroups> two_groups(std::vector<double> values);

// Whether the last windows of a warm-up (mean time per message of each, in order) no longer move:
// Theil-Sen slope per window below 1 % of the median and MAD below 5 % of it. Fewer than three
// windows: false.
bool is_steady(std::span<const double> windows);

// Which state of the machine each canary belongs to: sorted, they are split where the next is at
// least 1.5 times as large. Groups are numbered from the smallest; a reading of 0 (not taken) is in
// none (-1).
struct MachineStates {
  std::vector<int> group;       // of each reading
  std::vector<double> medians;  // of each group
  std::vector<double> lowest;   // of each group
};
MachineStates group_canaries(const std::vector<double>& readings);

// exp(median of ln(a_i / b_i)) and its sign-test interval. Both of the same length, all positive;
// otherwise a ratio of 0.
struct Ratio {
  double ratio = 0;
  Interval interval;
};
Ratio paired_ratio(std::span<const double> a, std::span<const double> b, double confidence = 0.95);

}  // namespace ipcmark
