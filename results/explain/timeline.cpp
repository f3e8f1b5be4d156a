#include "results/explain/timeline.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace ipcmark {
namespace {

std::span<const EventIndex> found(const std::map<std::int32_t, std::vector<EventIndex>>& lists,
                                  std::int32_t key) {
  const auto list = lists.find(key);
  return list == lists.end() ? std::span<const EventIndex>{} : list->second;
}

// The stamps of one thread's calls of one kind.
struct Calls {
  std::vector<std::pair<EventIndex, EventIndex>> whole;  // called, done
};

Calls calls_of(const Timeline& timeline, std::int32_t thread, EventKind called, EventKind done) {
  Calls calls;
  EventIndex open = no_event;
  for (const EventIndex index : timeline.of_thread(thread)) {
    const EventKind kind = timeline.at(index).kind;
    if (kind == called) open = index;
    if (kind != done || open == no_event) continue;
    calls.whole.emplace_back(open, index);
    open = no_event;
  }
  return calls;
}

}  // namespace

Timeline::Timeline(Capture capture) : capture_(std::move(capture)) {
  std::stable_sort(capture_.events.begin(), capture_.events.end(),
                   [](const Event& a, const Event& b) { return a.time_ns < b.time_ns; });
  place_stamps();
  sort_by_owner();
  find_trips();
  name_helpers();
}

void Timeline::place_stamps() {
  std::map<std::int32_t, std::int16_t> where;
  for (Event& event : capture_.events) {
    if (!is_stamp(event.kind)) {
      where[event.thread] = event.cpu;
      if (event.kind == EventKind::switched) where[event.other] = event.cpu;
      continue;
    }
    const auto known = where.find(event.thread);
    if (event.cpu < 0 && known != where.end()) event.cpu = known->second;
  }
}

void Timeline::sort_by_owner() {
  for (EventIndex index = 0; index < capture_.events.size(); ++index) {
    const Event& event = capture_.events[index];
    threads_[event.thread].push_back(index);
    if (event.kind == EventKind::switched) threads_[event.other].push_back(index);
    if (event.kind == EventKind::waking) wakings_[event.other].push_back(index);
    cpus_[event.cpu].push_back(index);
  }
}

void Timeline::find_trips() {
  const bool two = capture_.echo != capture_.initiator;
  const Calls sent =
      calls_of(*this, capture_.initiator, EventKind::send_called, EventKind::send_returned);
  const Calls answered =
      calls_of(*this, capture_.initiator, EventKind::receive_called, EventKind::received);
  const Calls taken =
      calls_of(*this, capture_.echo, EventKind::receive_called, EventKind::received);
  const Calls replied =
      calls_of(*this, capture_.echo, EventKind::send_called, EventKind::send_returned);
  // Both ends in one thread: it sends, takes, answers and takes, in turn.
  const std::size_t step = two ? 1 : 2;
  const std::size_t trips = std::min({sent.whole.size() / step, answered.whole.size() / step,
                                      taken.whole.size() / step, replied.whole.size() / step});
  for (std::size_t i = 0; i < trips; ++i) {
    const std::size_t there = i * step;
    const std::size_t back = there + step - 1;
    Trip trip;
    std::tie(trip.there.send_called, trip.there.send_returned) = sent.whole[there];
    std::tie(trip.there.receive_called, trip.there.received) = taken.whole[there];
    std::tie(trip.back.send_called, trip.back.send_returned) = replied.whole[back];
    std::tie(trip.back.receive_called, trip.back.received) = answered.whole[back];
    trip.begin = trip.there.send_called;
    trip.end = trip.back.received;
    if (time_ns(trip.begin) < time_ns(trip.end)) trips_.push_back(trip);
  }
  if (capture_.back_to_back) join_trips();
}

// The first one goes: where it began is not known.
void Timeline::join_trips() {
  if (trips_.size() < 2) return;
  for (std::size_t i = trips_.size() - 1; i > 0; --i) trips_[i].begin = trips_[i - 1].end;
  trips_.erase(trips_.begin());
}

void Timeline::name_helpers() {
  std::vector<std::tuple<bool, std::string, std::int32_t>> sorted;
  const auto process_of = [this](std::int32_t thread) {
    const auto found = capture_.threads.find(thread);
    return found == capture_.threads.end() ? 0 : found->second.process;
  };
  for (const auto& [number, thread] : capture_.threads) {
    const bool main = number == capture_.initiator || number == capture_.echo;
    if (main || thread.process == 0) continue;
    sorted.emplace_back(thread.process != process_of(capture_.initiator), thread.name, number);
  }
  std::sort(sorted.begin(), sorted.end());
  for (const auto& [of_echo, name, number] : sorted) {
    helpers_[number] = static_cast<std::uint8_t>(helper_names_.size());
    helper_names_.push_back((of_echo ? "B's " : "A's ") + name);
  }
}

std::span<const EventIndex> Timeline::of_thread(std::int32_t thread) const {
  return found(threads_, thread);
}

std::span<const EventIndex> Timeline::wakings_of(std::int32_t thread) const {
  return found(wakings_, thread);
}

std::span<const EventIndex> Timeline::of_cpu(std::int16_t cpu) const {
  const auto list = cpus_.find(cpu);
  return list == cpus_.end() ? std::span<const EventIndex>{} : list->second;
}

EventIndex Timeline::last_before(std::span<const EventIndex> sorted, std::uint64_t time_ns) const {
  const auto end = std::lower_bound(
      sorted.begin(), sorted.end(), time_ns,
      [this](EventIndex index, std::uint64_t time) { return at(index).time_ns < time; });
  return end == sorted.begin() ? no_event : *(end - 1);
}

std::span<const EventIndex> Timeline::between(std::span<const EventIndex> sorted,
                                              std::uint64_t from_ns, std::uint64_t to_ns) const {
  const auto begin = std::upper_bound(
      sorted.begin(), sorted.end(), from_ns,
      [this](std::uint64_t time, EventIndex index) { return time < at(index).time_ns; });
  const auto end = std::lower_bound(
      begin, sorted.end(), to_ns,
      [this](EventIndex index, std::uint64_t time) { return at(index).time_ns < time; });
  return {begin, end};
}

Actor Timeline::actor(std::int32_t thread) const {
  if (thread == capture_.initiator) return {ActorKind::initiator, 0};
  if (thread == capture_.echo) return {ActorKind::echo, 0};
  if (thread == idle_task) return {ActorKind::idle, 0};
  const auto helper = helpers_.find(thread);
  if (helper != helpers_.end()) return {ActorKind::helper, helper->second};
  return {ActorKind::other, 0};
}

std::string Timeline::name(std::int32_t thread) const {
  switch (actor(thread).kind) {
    case ActorKind::initiator:
      return "A";
    case ActorKind::echo:
      return "B";
    case ActorKind::idle:
      return "idle";
    case ActorKind::helper:
      return helper_names_[actor(thread).number];
    case ActorKind::other:
      break;
  }
  if (thread < 0) return "its name is not told";
  const auto known = capture_.threads.find(thread);
  return known == capture_.threads.end() ? "task " + std::to_string(thread) : known->second.name;
}

}  // namespace ipcmark
