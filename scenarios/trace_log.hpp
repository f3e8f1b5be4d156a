// A worker's notes of its operations, for `--trace` and `explain`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "backends/transport.hpp"
#include "results/model/trace.hpp"

namespace ipcmark {

inline constexpr std::size_t max_traced_operations = 16'384;  // a worker; about half a megabyte

// In memory of a fixed size that is there before the first note: no page fault falls into an
// operation. One thread.
class TraceLog {
 public:
  explicit TraceLog(std::size_t max_operations);
  // `name` and `place` as in "send channel", 1. It ends now. `error`: null where it went well.
  void note(const char* name, std::size_t place, std::uint64_t start_ns, const Error* error);
  ProcessTrace take();

 private:
  struct Event {
    const char* name;
    std::size_t place;
    std::uint64_t start_ns, end_ns;
    const char* outcome;
  };
  std::size_t max_operations_;
  std::vector<Event> events_;
  std::uint64_t dropped_ = 0;
};

// Which trips a measured loop notes itself: the first, and then each so many-th. For trips so short
// that a wrapper round every operation would be several per cent of them; this is one decrement.
// One thread.
class StampedTrips {
 public:
  // `log` is borrowed; null: none is noted.
  StampedTrips(TraceLog* log, std::uint32_t every)
      : log_(log), every_(every), left_(log == nullptr ? 0 : 1) {}
  // To be asked once at the beginning of each trip.
  bool due() {
    if (--left_ != 0) [[likely]]
      return false;
    left_ = every_;
    return true;
  }
  // Of a trip that is due.
  void note(const char* name, std::size_t place, std::uint64_t start_ns) {
    log_->note(name, place, start_ns, nullptr);
  }

 private:
  TraceLog* log_;
  std::uint32_t every_;
  std::uint64_t left_;  // from 0 it would take centuries
};

}  // namespace ipcmark
