#include "results/report/report_curves.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "results/figures/published.hpp"
#include "results/figures/statistics.hpp"

namespace ipcmark {

PercentileCurve percentile_curve(std::span<const Histogram* const> trials, unsigned per_decade) {
  PercentileCurve curve;
  if (trials.empty()) return curve;
  constexpr std::uint64_t min_beyond = samples_beyond / 10;
  constexpr unsigned max_decades = 8;
  for (unsigned i = 0; i <= max_decades * per_decade; ++i) {
    const double q = 1 - std::pow(10.0, -static_cast<double>(i) / per_decade);
    std::uint64_t beyond = ~std::uint64_t{0};
    std::vector<double> values;
    values.reserve(trials.size());
    for (const Histogram* trial : trials) {
      beyond = std::min(beyond, trial->beyond(q));
      values.push_back(static_cast<double>(trial->quantile(q)));
    }
    if (beyond < min_beyond) break;
    const Interval interval = quantile_interval(values);
    curve.points.push_back({median(values), interval.low, interval.high});
    if (beyond >= samples_beyond) curve.published = curve.points.size();
  }
  return curve;
}

Distribution distribution(std::span<const Histogram* const> trials, unsigned per_decade) {
  std::map<int, std::uint64_t> bins;
  std::uint64_t total = 0;
  for (const Histogram* trial : trials) {
    for (const auto& [bucket, count] : trial->sparse()) {
      const double middle = 0.5 * (static_cast<double>(Histogram::lowest_of(bucket)) +
                                   static_cast<double>(Histogram::highest_of(bucket)));
      bins[static_cast<int>(std::floor(std::log10(std::max(middle, 1.0)) * per_decade))] += count;
      total += count;
    }
  }
  Distribution shape;
  if (total == 0) return shape;
  shape.first = bins.begin()->first;
  std::uint64_t fullest = 0;
  for (const auto& [bin, count] : bins) fullest = std::max(fullest, count);
  std::uint64_t seen = 0;
  for (const auto& [bin, count] : bins) {
    const auto place = static_cast<std::size_t>(bin - shape.first);
    shape.per_mille.resize(place + 1);
    shape.per_mille[place] = static_cast<std::uint32_t>((count * 1000 + fullest / 2) / fullest);
    seen += count;
    if (static_cast<double>(seen) >= 0.999 * static_cast<double>(total)) break;
  }
  return shape;
}

}  // namespace ipcmark
