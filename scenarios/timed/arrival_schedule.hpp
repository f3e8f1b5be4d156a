// When the messages of an open loop are due.
#pragma once

#include <cmath>
#include <cstdint>

#include "results/splitmix.hpp"

namespace ipcmark {

// Due times in order: every 1/rate, or with exponentially distributed gaps of that mean, by the
// seed. One thread.
class ArrivalSchedule {
 public:
  // `rate`: messages a second, 1 or more.
  ArrivalSchedule(std::int64_t rate, bool poisson, std::uint64_t seed, std::uint64_t begin_ns)
      : begin_(begin_ns),
        gap_ns_(1e9 / static_cast<double>(rate)),
        poisson_(poisson),
        state_(seed) {}

  std::uint64_t next() {
    const double offset = offset_;
    ++count_;
    // Multiplied, not added up: no error accumulates.
    offset_ =
        poisson_ ? offset_ - gap_ns_ * std::log(uniform()) : gap_ns_ * static_cast<double>(count_);
    return begin_ + static_cast<std::uint64_t>(offset);
  }

 private:
  // In (0, 1].
  double uniform() { return static_cast<double>((next_random(state_) >> 11U) + 1) * 0x1.0p-53; }

  std::uint64_t begin_;
  double gap_ns_;
  bool poisson_;
  std::uint64_t state_;
  double offset_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace ipcmark
