#include "scenarios/timing/warm_up.hpp"

#include <algorithm>
#include <span>

#include "backends/deadline.hpp"
#include "results/figures/statistics.hpp"

namespace ipcmark {

namespace {

constexpr std::size_t fewest_windows = 5;
constexpr std::uint64_t cap = 3;

}  // namespace

WarmUp::WarmUp(std::uint64_t min_ns, std::uint64_t start_ns)
    : start_(start_ns), min_(min_ns), window_(min_ns / kept), window_start_(start_ns) {}

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
  if (min_ == 0) return true;
  const bool window_ends = now - window_start_ >= window_ && done > window_done_;
  if (window_ends) close_window(now, done);
  if (now - start_ < min_) return false;
  if (window_ends)
    steady_ = filled_ >= fewest_windows && is_steady(std::span{windows_}.first(filled_));
  return steady_ || now - start_ >= cap * min_;
}

double cost_of_clock_ns() {
  // The least of several runs: whatever interrupts a run only adds.
  constexpr int runs = 8;
  constexpr int reads = 200;
  double min = 0;
  for (int run = 0; run < runs; ++run) {
    const std::uint64_t begin = now_ns();
    for (int i = 1; i < reads; ++i) now_ns();
    const auto cost = static_cast<double>(now_ns() - begin) / reads;
    if (run == 0 || cost < min) min = cost;
  }
  return min;
}

}  // namespace ipcmark
