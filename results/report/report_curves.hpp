// Histograms reduced to what a chart needs: a few dozen numbers a cell, whatever was recorded.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "results/model/histogram.hpp"

namespace ipcmark {

// Percentiles over trials on an even grid of log(1/(1-q)): point i is q = 1 - 10^(-i/per_decade),
// the first one the smallest value.
struct PercentileCurve {
  struct Point {
    double median, low, high;  // of the trials' own quantiles, with their interval or range
  };
  std::vector<Point> points;
  // So many of the points have `samples_beyond` samples above them in every trial (published.hpp);
  // the others have a tenth of that and are for the eye.
  std::size_t published = 0;
};
PercentileCurve percentile_curve(std::span<const Histogram* const> trials, unsigned per_decade);

// How the values of all trials together are spread over bins of equal width on a logarithmic axis:
// bin i lies between 10^(i/per_decade) and 10^((i+1)/per_decade).
struct Distribution {
  int first = 0;                         // number of the first bin
  std::vector<std::uint32_t> per_mille;  // of the fullest bin; ends where 99.9 % are in
};
Distribution distribution(std::span<const Histogram* const> trials, unsigned per_decade);

}  // namespace ipcmark
