// How many trips a trial that is watched has, and which of them are stamped.
#pragma once

#include <cstdint>

#include "results/model/spec.hpp"

namespace ipcmark {

struct StampedTrial {
  std::uint64_t messages = 0;
  std::uint32_t stamp_every = 1;
  std::uint64_t warm_up_ns = 0;
};

// `asked`: round trips; 0: by how the cell waits. Trips that only spin are so short that a reading
// of the clock shows in them: few of many are stamped. Trips that may sleep are fewer, each with
// events of the kernel, for which there must be room. `each_trip`: all are stamped, whatever that
// costs, and no more than a worker's notes have room for.
StampedTrial stamped_trial(Wait wait, std::uint64_t asked, bool each_trip);

// How many of a trial's trips are stamped at least, those of its warm-up left out.
std::uint64_t stamped_trips(std::uint64_t messages, std::uint32_t stamp_every);

// How many trips a trial shall have after one whose buffers held the events of `held` trips and not
// of all; 0: as many as it had, since fewer would tell nothing.
std::uint64_t trips_with_room(std::uint64_t held);

// Whether the cell's clock begins a trip where the one before ended. Not where trips are timed one
// by one first and in batches then (scenarios/timed/latency.cpp), as those that spin are: what the
// harness does between these is part of no trip.
bool is_back_to_back(std::uint32_t stamp_every, const RunSpec& spec);

}  // namespace ipcmark
