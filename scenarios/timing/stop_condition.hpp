// When a ping-pong has made its trips.
#pragma once

#include <cstdint>

#include "backends/saturating.hpp"
#include "results/model/spec.hpp"

namespace ipcmark {

// Whatever the duration: a median is published from 200 samples on, and on a busy machine a tenth
// of a second may not hold as many.
inline constexpr std::uint64_t min_trips = 250;
// Beyond its duration a trial waits no longer than this for the minimum number of trips.
inline constexpr std::uint64_t longest_overtime_ns = 2'000'000'000;

// --messages many, or the given time and the minimum number of trips. Sparse trips (--gap) know how
// long they take, and have all the time they need.
class TripEnd {
 public:
  TripEnd(const RunSpec& spec, std::uint64_t begin_ns, std::uint64_t duration_ns)
      : TripEnd(spec, begin_ns, duration_ns, spec.messages) {}
  // `messages` of --messages; as many as there are where it is 0.
  TripEnd(const RunSpec& spec, std::uint64_t begin_ns, std::uint64_t duration_ns,
          std::uint64_t messages)
      : messages_(messages),
        end_ns_(saturating_sum(begin_ns, duration_ns)),
        latest_ns_(spec.option("gap_ns", 0) > 0 ? UINT64_MAX
                                                : saturating_sum(end_ns_, longest_overtime_ns)) {}

  bool reached(std::uint64_t now_ns, std::uint64_t trips) const {
    if (messages_ != 0) return trips >= messages_;
    return now_ns >= end_ns_ && (trips >= min_trips || now_ns >= latest_ns_);
  }

 private:
  std::uint64_t messages_, end_ns_, latest_ns_;
};

}  // namespace ipcmark
