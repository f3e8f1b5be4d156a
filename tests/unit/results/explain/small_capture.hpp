// Captures made by hand: initiator A is thread 10 on CPU 0, echo B is thread 20 on CPU 1, its
// helper thread 21 on CPU 1, and task 99 is somebody else's.
#pragma once

#include "results/explain/chain.hpp"
#include "results/explain/explanation.hpp"
#include "results/explain/words.hpp"

namespace ipcmark::small {

inline constexpr std::int32_t a = 10, b = 20, helper = 21, stranger = 99;
inline constexpr std::int32_t call_function = static_cast<std::int32_t>(Interrupt::call_function);
inline constexpr std::int32_t timer = static_cast<std::int32_t>(Interrupt::timer);
inline constexpr std::int32_t read_call = 0, write_call = 1;

inline Capture capture_of(std::vector<Event> events) {
  Capture capture;
  capture.initiator = a;
  capture.echo = b;
  capture.events = std::move(events);
  capture.threads = {{a, {a, "ipcmark"}},
                     {b, {b, "ipcmark"}},
                     {helper, {b, "worker/0"}},
                     {stranger, {0, "neighbour"}}};
  capture.calls = {{read_call, "read"}, {write_call, "write"}};
  capture.has_kernel_events = true;
  return capture;
}

// A sends to B, which sleeps on another CPU and is woken by an interrupt, answers, and wakes A
// likewise: a trip of 20 us from `begin` on.
inline std::vector<Event> sleeping_trip(std::uint64_t begin) {
  using K = EventKind;
  std::vector<Event> events = {
      {0, K::send_called, -1, a, 0, 0},
      {800, K::enter, 0, a, write_call, 0},
      {1600, K::waking, 0, a, b, 1},
      {2200, K::ipi, 0, a, 1, 0},
      {3000, K::leave, 0, a, write_call, 0},
      {3500, K::send_returned, -1, a, 0, 0},
      {3600, K::receive_called, -1, a, 0, 0},
      {4000, K::enter, 0, a, read_call, 0},
      {4500, K::switched, 0, a, idle_task, 1},
      {7000, K::interrupt_in, 1, idle_task, call_function, 0},
      {7500, K::runnable, 1, idle_task, b, 1},
      {7600, K::interrupt_out, 1, idle_task, call_function, 0},
      {8000, K::switched, 1, idle_task, b, 0},
      {8800, K::leave, 1, b, read_call, 0},
      {9500, K::received, -1, b, 0, 0},
      {9540, K::send_called, -1, b, 0, 0},
      {10300, K::enter, 1, b, write_call, 0},
      {11100, K::waking, 1, b, a, 0},
      {11600, K::ipi, 1, b, 0, 0},
      {12400, K::leave, 1, b, write_call, 0},
      {13000, K::send_returned, -1, b, 0, 0},
      {13100, K::receive_called, -1, b, 0, 0},
      {13500, K::enter, 1, b, read_call, 0},
      {14000, K::switched, 1, b, idle_task, 1},
      {16400, K::interrupt_in, 0, idle_task, call_function, 0},
      {17000, K::runnable, 0, idle_task, a, 0},
      {17100, K::interrupt_out, 0, idle_task, call_function, 0},
      {17500, K::switched, 0, idle_task, a, 0},
      {19000, K::leave, 0, a, read_call, 0},
      {20000, K::received, -1, a, 0, 0},
  };
  for (Event& event : events) event.time_ns += begin;
  return events;
}

// B waits before the first trip.
inline std::vector<Event> sleeping_trips(std::size_t count) {
  std::vector<Event> events = {{100, EventKind::receive_called, -1, b, 0, 0},
                               {200, EventKind::enter, 1, b, read_call, 0},
                               {300, EventKind::switched, 1, b, idle_task, 1}};
  for (std::size_t i = 0; i < count; ++i) {
    const std::vector<Event> trip = sleeping_trip(10'000 + i * 30'000);
    events.insert(events.end(), trip.begin(), trip.end());
  }
  return events;
}

inline ObservedRound round_of(double plain_ns, double traced_ns, Capture capture) {
  ObservedRound round;
  round.plain_ns = plain_ns;
  round.traced_ns = traced_ns;
  round.timeline.emplace(std::move(capture));
  return round;
}

inline std::vector<Event> without(std::vector<Event> events, EventKind kind, std::int32_t other) {
  std::erase_if(events,
                [&](const Event& event) { return event.kind == kind && event.other == other; });
  return events;
}

// As if wakings and switches alone had been recorded.
inline Capture coarse(Capture capture) {
  std::erase_if(capture.events, [](const Event& event) {
    return !is_stamp(event.kind) && event.kind != EventKind::waking &&
           event.kind != EventKind::switched;
  });
  capture.calls.clear();
  capture.has_kernel_events = false;
  return capture;
}

inline std::vector<std::string> labels_of(const Timeline& timeline, const Chain& chain) {
  std::vector<std::string> labels;
  for (const Segment& segment : chain.segments) {
    labels.push_back(label(words_of(timeline), segment.kind));
  }
  return labels;
}

inline std::uint64_t sum_of(const Chain& chain) {
  std::uint64_t sum = 0;
  for (const Segment& segment : chain.segments) sum += segment.duration_ns();
  return sum;
}

// Each segment begins where the one before ended.
inline bool is_gapless(const Chain& chain) {
  std::uint64_t at = chain.begin_ns;
  for (const Segment& segment : chain.segments) {
    if (segment.begin_ns != at) return false;
    at = segment.end_ns;
  }
  return at == chain.end_ns;
}

}  // namespace ipcmark::small
