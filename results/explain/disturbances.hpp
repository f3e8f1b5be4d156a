// What came between: other tasks, timers, faults, moves, and stretches of time without any event.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "results/explain/chain.hpp"
#include "results/explain/words.hpp"

namespace ipcmark {

// A segment this much longer than five times what its kind usually takes has stood still.
inline constexpr std::uint64_t stall_ns = 10'000;

// The middle duration of each kind of segment.
using MedianDurations = std::map<SegmentKind, double>;
MedianDurations median_durations(const std::vector<Chain>& chains);
// No disturbance itself, and far longer than its kind in the median.
bool is_stall(const Segment& segment, const MedianDurations& medians);

// What is said of one, in brackets after its name. Without the kernel's events nothing tells that
// there was none.
const char* stall_text(bool kernel_seen);

// Of a segment of Work::other_task: who that is.
std::string other_task_of(const Timeline& timeline, const Segment& segment);

enum class DisturbedBy : std::uint8_t { other_task, timer, fault, move, stall };

struct Interference {
  DisturbedBy by = DisturbedBy::stall;
  std::string name;  // of the task ("kworker/1:1"), or empty
  std::size_t trips = 0;
  double share = 0;    // of all complete trips
  double mean_ns = 0;  // of a trip that has it
  bool kernel_seen = true;
};
// Those that took the most time first.
std::vector<Interference> disturbances_of(const std::vector<const Timeline*>& timelines,
                                          const std::vector<std::vector<Chain>>& chains);
std::string to_sentence(const Interference& disturbance);

struct SlowTrip {
  std::uint64_t begin_ns = 0, duration_ns = 0;
  bool cut = false;
  struct Part {
    std::string what;
    std::uint64_t ns = 0;
    bool stall = false;
  };
  std::vector<Part> parts;  // the longest, in order of length
};
// The slowest trips, each with what took most of it.
std::vector<SlowTrip> slowest_of(const std::vector<const Timeline*>& timelines,
                                 const std::vector<std::vector<Chain>>& chains, const Words& words,
                                 std::size_t count);

}  // namespace ipcmark
