// When did a series change? One rule, for the values of several runs in the order of time.
//
// Of all splits of the series with at least `min_side` values a side, the one with the largest
// standardized rank sum is taken: Mann and Whitney's statistic at every split, as A. N. Pettitt has
// it for one series ("A non-parametric approach to the change-point problem", Applied Statistics
// 28, 1979), here divided by its standard deviation, so that a change near an end has its chance.
// Ranks ask nothing of the distribution: neither symmetry nor one peak, and an outlier is one rank.
//
// Values of several hosts are ranked together after each was divided by its host's median (aligned
// ranks: J. L. Hodges and E. L. Lehmann, Annals of Mathematical Statistics 33, 1962). Under
// "nothing changed" the values of one host may be exchanged with each other, never with another
// host's: so hosts of different speed, and hosts that come and go, make no change point.
//
// The p-value of the split is that of its rank sum over all such exchanges, two-sided: the normal
// one with a correction for continuity, which errs on the side of "no change" (the unit test holds
// it against the exact one), and up to `exact_values` values the exact one where it is small. It is
// multiplied by the number of splits (Bonferroni): whichever split was taken, the chance of a false
// alarm is at most that, because neighbouring splits are no independent tests, but need not be.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace ipcmark {

inline constexpr std::size_t min_side = 5;
inline constexpr std::size_t exact_values = 64;

struct ChangePoint {
  std::size_t at = 0;  // index of the first value after it
  double z = 0;        // standardized rank sum; above 0: the later values are larger
  double p = 1;        // for all splits together
};

// `blocks`: of each value the number of its host, from 0; of the same length. Nothing: fewer than
// two times `min_side` values, or no split can tell anything (all values are equal, or each host
// has a single one).
std::optional<ChangePoint> change_point(std::span<const double> values,
                                        std::span<const std::size_t> blocks);

// Ranks from 1, of equal values their mean.
std::vector<double> ranks_of(std::span<const double> values);

// Two-sided p-value of the sum of the ranks of the first `split` values when values may be
// exchanged within their blocks: all exchanges counted, and the normal one.
double exact_rank_sum_p(std::span<const double> ranks, std::span<const std::size_t> blocks,
                        std::size_t split);
double normal_rank_sum_p(std::span<const double> ranks, std::span<const std::size_t> blocks,
                         std::size_t split);

}  // namespace ipcmark
