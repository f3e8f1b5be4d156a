// How many messages had arrived by a time that is known only afterwards, in fixed memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ipcmark {

// Counts by spans of time, all of one length, which doubles whenever the last one is full: never
// wider than 1/4096 of the time from the first arrival to the last. All its memory is written by
// the constructor; add() stands in a measured loop. One thread.
class ArrivalCount {
 public:
  // An arrival at that reading of the clock, none before that of the last call.
  void add(std::uint64_t at_ns) {
    if (count_ == 0) first_ns_ = last_ns_ = at_ns;
    std::uint64_t place = (at_ns - first_ns_) >> shift_;
    while (place >= spans_.size()) {
      fold();
      place >>= 1U;
    }
    ++spans_[place];
    ++count_;
    last_ns_ = at_ns;
  }

  std::uint64_t count() const { return count_; }
  // When the last one came; 0: none has.
  std::uint64_t last_ns() const { return last_ns_; }

  // How many had arrived by `at_ns`; within a span they are taken for evenly spread.
  double until(std::uint64_t at_ns) const {
    if (count_ == 0 || at_ns < first_ns_) return 0;
    if (at_ns >= last_ns_) return static_cast<double>(count_);
    const std::uint64_t since = at_ns - first_ns_;
    const std::uint64_t place = since >> shift_;
    double arrived = 0;
    for (std::uint64_t i = 0; i < place; ++i) arrived += static_cast<double>(spans_[i]);
    const std::uint64_t begin = place << shift_;
    const std::uint64_t last = last_ns_ - first_ns_;
    const std::uint64_t end =
        last >> shift_ == place ? last + 1 : begin + (std::uint64_t{1} << shift_);
    return arrived + static_cast<double>(spans_[place]) * static_cast<double>(since - begin + 1) /
                         static_cast<double>(end - begin);
  }

 private:
  void fold() {
    for (std::size_t i = 0; i < spans_.size(); ++i) {
      spans_[i] = i < spans_.size() / 2 ? spans_[2 * i] + spans_[2 * i + 1] : 0;
    }
    ++shift_;
  }

  std::array<std::uint64_t, 8192> spans_{};
  unsigned shift_ = 10;  // a span is 2^shift_ ns
  std::uint64_t first_ns_ = 0, last_ns_ = 0, count_ = 0;
};

}  // namespace ipcmark
