// When a measured loop may begin: after a minimum time, once the pace is steady, with a cap.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ipcmark {

// Steady as results/figures/statistics.hpp says, over at least five windows of equal length.
class WarmUp {
 public:
  // Begins at start_ns. With min_ns == 0 it is over at once, and never steady.
  WarmUp(std::uint64_t min_ns, std::uint64_t start_ns);

  // Told at a clock reading how many messages are done so far; true once warm-up is over: after
  // min_ns and steady, or after 3 × min_ns.
  bool over(std::uint64_t now, std::uint64_t done);
  bool steady() const { return steady_; }
  // Time per message in the last full window, 0 before there was one.
  double pace_ns() const { return filled_ == 0 ? 0 : windows_[filled_ - 1]; }

 private:
  void close_window(std::uint64_t now, std::uint64_t done);

  static constexpr std::size_t kept = 8;
  std::uint64_t start_, min_, window_;
  std::uint64_t window_start_;
  std::uint64_t window_done_ = 0;
  std::array<double, kept> windows_{};
  std::size_t filled_ = 0;
  bool steady_ = false;
};

// What one now_ns() costs here, measured in about 50 µs.
double cost_of_clock_ns();

}  // namespace ipcmark
