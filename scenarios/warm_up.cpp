#include "scenarios/warm_up.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "backends/deadline.hpp"

namespace ipcmark {

namespace {

constexpr std::size_t fewest_windows = 5;
constexpr double greatest_slope = 0.01;
constexpr double greatest_deviation = 0.05;
constexpr std::uint64_t cap = 3;

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

double slope_of(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  double sum_xy = 0;
  double sum_y = 0;
  double sum_xx = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double x = static_cast<double>(i) - (n - 1) / 2;  // centred: sum of x is 0
    sum_xy += x * values[i];
    sum_y += values[i];
    sum_xx += x * x;
  }
  return sum_xx == 0 ? 0 : sum_xy / sum_xx;
}

}  // namespace

bool is_steady(std::span<const double> windows) {
  if (windows.size() < fewest_windows) return false;
  const double median = median_of({windows.begin(), windows.end()});
  if (median <= 0) return false;
  std::vector<double> deviations;
  for (const double value : windows) deviations.push_back(std::abs(value - median));
  return std::abs(slope_of(windows)) < greatest_slope * median &&
         median_of(deviations) < greatest_deviation * median;
}

WarmUp::WarmUp(std::uint64_t least_ns, std::uint64_t start_ns)
    : start_(start_ns), least_(least_ns), window_(least_ns / kept), window_start_(start_ns) {}

void WarmUp::close_window(std::uint64_t now, std::uint64_t done) {
  if (filled_ == kept) {
    std::move(windows_.begin() + 1, windows_.end(), windows_.begin());
    --filled_;
  }
  windows_[filled_++] =
      static_cast<double>(now - window_start_) / static_cast<double>(done - window_done_);
  window_start_ = now;
  window_done_ = done;
}

bool WarmUp::over(std::uint64_t now, std::uint64_t done) {
  if (least_ == 0) return true;
  const bool window_ends = now - window_start_ >= window_ && done > window_done_;
  if (window_ends) close_window(now, done);
  if (now - start_ < least_) return false;
  if (window_ends) steady_ = is_steady({windows_.data(), filled_});
  return steady_ || now - start_ >= cap * least_;
}

double cost_of_clock_ns() {
  // The least of several runs: whatever interrupts a run only adds.
  constexpr int runs = 8;
  constexpr int reads = 200;
  double least = 0;
  for (int run = 0; run < runs; ++run) {
    const std::uint64_t begin = now_ns();
    for (int i = 1; i < reads; ++i) now_ns();
    const auto cost = static_cast<double>(now_ns() - begin) / reads;
    if (run == 0 || cost < least) least = cost;
  }
  return least;
}

}  // namespace ipcmark
