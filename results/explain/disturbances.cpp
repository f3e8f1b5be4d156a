#include "results/explain/disturbances.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "results/explain/paths.hpp"
#include "results/text/units.hpp"

namespace ipcmark {
namespace {

constexpr std::size_t parts_shown = 3;

DisturbedBy disturbed_by(Work work) {
  switch (work) {
    case Work::other_task:
      return DisturbedBy::other_task;
    case Work::timer:
      return DisturbedBy::timer;
    case Work::fault:
      return DisturbedBy::fault;
    case Work::move:
      return DisturbedBy::move;
    default:
      return DisturbedBy::stall;
  }
}

using Name = std::pair<DisturbedBy, std::string>;

// What disturbed one trip, and for how long.
std::map<Name, std::uint64_t> of_trip(const Timeline& timeline, const Chain& chain,
                                      const MedianDurations& medians) {
  std::map<Name, std::uint64_t> found;
  for (const Segment& segment : chain.segments) {
    const Work work = work_of(segment.kind);
    if (is_disturbance(work)) {
      const std::string name = work == Work::other_task ? other_task_of(timeline, segment) : "";
      found[{disturbed_by(work), name}] += segment.duration_ns();
    } else if (is_stall(segment, medians)) {
      found[{DisturbedBy::stall, ""}] += segment.duration_ns();
    }
  }
  return found;
}

std::vector<Chain> all_of(const std::vector<std::vector<Chain>>& chains) {
  std::vector<Chain> all;
  for (const auto& of_one : chains) all.insert(all.end(), of_one.begin(), of_one.end());
  return all;
}

SlowTrip slow_trip(const Timeline& timeline, const Chain& chain, const MedianDurations& medians,
                   const Words& words) {
  SlowTrip trip;
  trip.begin_ns = chain.begin_ns;
  trip.duration_ns = chain.duration_ns();
  trip.cut = chain.cut;
  // Those of one name are one part: a task that ran on shows as many segments.
  for (const Segment& segment : chain.segments) {
    std::string what = work_of(segment.kind) == Work::other_task
                           ? "another task ran: " + other_task_of(timeline, segment)
                           : label(words, segment.kind);
    const bool stalled = is_stall(segment, medians);
    const auto same =
        std::find_if(trip.parts.begin(), trip.parts.end(),
                     [&what](const SlowTrip::Part& part) { return part.what == what; });
    if (same != trip.parts.end()) {
      same->ns += segment.duration_ns();
      same->stall |= stalled;
    } else {
      trip.parts.push_back({std::move(what), segment.duration_ns(), stalled});
    }
  }
  std::stable_sort(trip.parts.begin(), trip.parts.end(),
                   [](const auto& a, const auto& b) { return a.ns > b.ns; });
  if (trip.parts.size() > parts_shown) trip.parts.resize(parts_shown);
  return trip;
}

}  // namespace

std::string other_task_of(const Timeline& timeline, const Segment& segment) {
  const bool owner = timeline.actor(segment.task).kind == ActorKind::other;
  return timeline.name(owner ? segment.task : segment.interrupted);
}

MedianDurations median_durations(const std::vector<Chain>& chains) {
  std::map<SegmentKind, std::vector<double>> all;
  for (const Chain& chain : chains) {
    for (const Segment& segment : chain.segments) {
      all[segment.kind].push_back(static_cast<double>(segment.duration_ns()));
    }
  }
  MedianDurations medians;
  for (auto& [kind, durations] : all) medians[kind] = median_of(std::move(durations));
  return medians;
}

bool is_stall(const Segment& segment, const MedianDurations& medians) {
  const Work work = work_of(segment.kind);
  if (is_disturbance(work) || work == Work::before) return false;
  const auto known = medians.find(segment.kind);
  const double limit = known == medians.end() ? 0 : 5 * known->second;
  return static_cast<double>(segment.duration_ns()) > limit + static_cast<double>(stall_ns);
}

const char* stall_text(bool kernel_seen) {
  return kernel_seen ? " (stood still without any event)"
                     : " (far longer than most; why is not seen)";
}

std::vector<Interference> disturbances_of(const std::vector<const Timeline*>& timelines,
                                          const std::vector<std::vector<Chain>>& chains) {
  const MedianDurations medians = median_durations(all_of(chains));
  std::map<Name, std::pair<std::size_t, std::uint64_t>> found;  // trips, time
  std::size_t complete = 0;
  for (std::size_t i = 0; i < timelines.size(); ++i) {
    for (const Chain& chain : chains[i]) {
      if (!chain.complete) continue;
      ++complete;
      for (const auto& [name, ns] : of_trip(*timelines[i], chain, medians)) {
        ++found[name].first;
        found[name].second += ns;
      }
    }
  }
  std::vector<Interference> all;
  for (const auto& [name, seen] : found) {
    const auto trips = static_cast<double>(seen.first);
    all.push_back({name.first, name.second, seen.first, trips / static_cast<double>(complete),
                   static_cast<double>(seen.second) / trips,
                   timelines.front()->capture().has_kernel_events});
  }
  std::stable_sort(all.begin(), all.end(), [](const Interference& a, const Interference& b) {
    return a.share * a.mean_ns > b.share * b.mean_ns;
  });
  return all;
}

std::string to_sentence(const Interference& disturbance) {
  std::string what;
  switch (disturbance.by) {
    case DisturbedBy::other_task:
      what = fmt::format("another task ran ({})", disturbance.name);
      break;
    case DisturbedBy::timer:
      what = "a timer interrupt, or deferred work of interrupts";
      break;
    case DisturbedBy::fault:
      what = "a page fault";
      break;
    case DisturbedBy::move:
      what = "a task was moved to another CPU";
      break;
    case DisturbedBy::stall:
      what =
          disturbance.kernel_seen
              ? "time stood still without any event (a hypervisor or the firmware may take a CPU)"
              : "a part took far longer than in most trips, and what came between is not seen";
      break;
  }
  return fmt::format("{} in {:.1f} % of trips, {} each", what, disturbance.share * 100,
                     scaled(disturbance.mean_ns, Unit::nanoseconds));
}

std::vector<SlowTrip> slowest_of(const std::vector<const Timeline*>& timelines,
                                 const std::vector<std::vector<Chain>>& chains, const Words& words,
                                 std::size_t count) {
  const MedianDurations medians = median_durations(all_of(chains));
  std::vector<std::tuple<std::uint64_t, std::size_t, std::size_t>> sorted;
  for (std::size_t i = 0; i < chains.size(); ++i) {
    for (std::size_t k = 0; k < chains[i].size(); ++k) {
      sorted.emplace_back(chains[i][k].duration_ns(), i, k);
    }
  }
  std::sort(sorted.rbegin(), sorted.rend());
  if (sorted.size() > count) sorted.resize(count);
  std::vector<SlowTrip> slow;
  slow.reserve(sorted.size());
  for (const auto& [ns, i, k] : sorted) {
    slow.push_back(slow_trip(*timelines[i], chains[i][k], medians, words));
  }
  return slow;
}

}  // namespace ipcmark
