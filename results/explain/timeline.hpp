// The events of a capture in order of time, and who did what: by thread, by CPU, by trip.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "results/explain/capture.hpp"

namespace ipcmark {

using EventIndex = std::uint32_t;
inline constexpr EventIndex no_event = UINT32_MAX;

// One message of a trip, by its stamps.
struct TripMessage {
  EventIndex send_called = no_event, send_returned = no_event;
  EventIndex receive_called = no_event, received = no_event;
};

struct Trip {
  // Of the initiator: send_called, or received of the trip before (Capture::back_to_back);
  // received.
  EventIndex begin = no_event, end = no_event;
  TripMessage there, back;
};

// Who a thread is, in a form that is the same in every trial of a cell.
enum class ActorKind : std::uint8_t { initiator, echo, helper, other, idle };
struct Actor {
  ActorKind kind = ActorKind::other;
  std::uint8_t number = 0;  // of a helper: its place among them
  // clang-tidy 14 takes the 0 that results are compared with for a pointer.
  auto operator<=>(const Actor&) const = default;  // NOLINT(modernize-use-nullptr)
};

class Timeline {
 public:
  // Sorts the capture's events, and gives each stamp the CPU its thread was on.
  explicit Timeline(Capture capture);

  const Event& at(EventIndex index) const { return capture_.events[index]; }
  std::uint64_t time_ns(EventIndex index) const { return at(index).time_ns; }
  const Capture& capture() const { return capture_; }

  // What the thread did, its switches in and out included, in order.
  std::span<const EventIndex> of_thread(std::int32_t thread) const;
  // Without what another CPU told of it.
  std::span<const EventIndex> of_cpu(std::int16_t cpu) const;
  // Who woke the thread, in order.
  std::span<const EventIndex> wakings_of(std::int32_t thread) const;
  // Of `sorted`, the last before that time; no_event: none.
  EventIndex last_before(std::span<const EventIndex> sorted, std::uint64_t time_ns) const;
  // Those with from < time < to.
  std::span<const EventIndex> between(std::span<const EventIndex> sorted, std::uint64_t from_ns,
                                      std::uint64_t to_ns) const;

  // Whole ones, in order of time. The k-th message sent on a way is the k-th received there.
  const std::vector<Trip>& trips() const { return trips_; }

  Actor actor(std::int32_t thread) const;
  // "A", "B", "A's ZMQbg/IO/0", "kworker/1:1", "idle".
  std::string name(std::int32_t thread) const;
  // By Actor::number.
  const std::vector<std::string>& helpers() const { return helper_names_; }

 private:
  void place_stamps();
  void sort_by_owner();
  void find_trips();
  void join_trips();
  void name_helpers();

  Capture capture_;
  std::map<std::int32_t, std::vector<EventIndex>> threads_, wakings_;
  std::map<std::int16_t, std::vector<EventIndex>> cpus_;
  std::vector<Trip> trips_;
  std::map<std::int32_t, std::uint8_t> helpers_;
  std::vector<std::string> helper_names_;
};

}  // namespace ipcmark
