#include "tools/explain/stamped_trial.hpp"

#include "scenarios/timing/due_time.hpp"
#include "scenarios/trace_log.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t trips_of_a_trial = 2000;
constexpr std::uint64_t spinning_trips = 100'000;
constexpr std::uint32_t spinning_stamp_every = 64;
constexpr std::uint32_t hybrid_stamp_every = 8;  // 250 of a trial
constexpr std::uint64_t min_trips = 50;
constexpr std::uint64_t long_warm_up_ns = 20'000'000;
// A worker notes two operations a trip, those of the warm-up too, which may last three times as
// long.
constexpr std::uint64_t short_warm_up_ns = 200'000;

}  // namespace

StampedTrial stamped_trial(Wait wait, std::uint64_t asked, bool each_trip) {
  StampedTrial trial;
  trial.warm_up_ns = each_trip && !sleeps_at_once(wait) ? short_warm_up_ns : long_warm_up_ns;
  if (wait == Wait::spin && !each_trip) {
    trial.messages = spinning_trips;
    trial.stamp_every = spinning_stamp_every;
  } else {
    trial.messages = trips_of_a_trial;
    if (wait == Wait::hybrid && !each_trip) trial.stamp_every = hybrid_stamp_every;
  }
  if (asked != 0) trial.messages = asked;
  return trial;
}

// One by one by what wraps each operation, else by the loop itself.
std::uint64_t stamped_trips(std::uint64_t messages, std::uint32_t stamp_every) {
  return stamp_every == 1 ? messages : StampedTrips::stamped_among(messages, stamp_every);
}

// A warm-up, whose events need room as well, is not always of one length.
std::uint64_t trips_with_room(std::uint64_t held) {
  const std::uint64_t trips = held * 3 / 4;
  return trips < min_trips ? 0 : trips;
}

bool is_back_to_back(std::uint32_t stamp_every, const RunSpec& spec) {
  return stamp_every == 1 && sleeps_at_once(spec.wait) && spec.verify == Verify::off &&
         gap_of(spec) == 0;
}

}  // namespace ipcmark
