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
  struct Event {
    const char* name;
    std::size_t place;
    std::uint64_t start_ns, end_ns;
    const char* outcome;
  };
  // `name` and `place` as in "send channel", 1. It ends now. `error`: null where it went well.
  void note(const char* name, std::size_t place, std::uint64_t start_ns, const Error* error);
  void add(const Event& event);
  ProcessTrace take();

 private:
  std::size_t max_operations_;
  std::vector<Event> events_;
  std::uint64_t dropped_ = 0;
};

// Which trips a measured loop notes itself: the first, and then each so many-th. For trips so short
// that a wrapper round every operation would be several per cent of them; this is one decrement.
//
// A stretch of trips with some stamped ones is followed by one of as many trips with none, and so
// on, at both ends alike. Each is noted, too ("stretch 1" and "stretch 0"): by their pace it shows
// in one process what the stamps cost.
//
// What was received is written into the log after the next send, while its message is on the way:
// the log's memory is not in a cache, and the other end would wait for it. One thread.
class StampedTrips {
 public:
  // `log` is borrowed; null: none is noted.
  StampedTrips(TraceLog* log, std::uint32_t every)
      : log_(log), every_(every), left_(log == nullptr ? 0 : 1) {}
  StampedTrips(const StampedTrips&) = delete;
  StampedTrips& operator=(const StampedTrips&) = delete;
  ~StampedTrips() { settle(); }
  static constexpr std::uint32_t stretch = 4;  // stamped trips
  // So many of a loop's last `trips` are stamped at least, wherever a stretch begins; 1 at least.
  static constexpr std::uint64_t stamped_among(std::uint64_t trips, std::uint32_t every) {
    const std::uint64_t half = trips / (std::uint64_t{2} * every);
    return half > stretch ? half - (stretch - 1) : 1;
  }
  // To be asked once at the beginning of each trip.
  bool due() {
    if (--left_ != 0) [[likely]]
      return false;
    return next();
  }
  // Of a trip that is due: the operation ends now.
  void received(const char* name, std::size_t place, std::uint64_t start_ns) {
    settle();
    held_ = {name, place, start_ns, now_ns(), "ok"};
  }
  void sent(const char* name, std::size_t place, std::uint64_t start_ns) {
    const std::uint64_t end_ns = now_ns();
    settle();
    log_->add({name, place, start_ns, end_ns, "ok"});
  }

 private:
  [[gnu::noinline]] bool next() {
    left_ = every_;
    if (!silent_ && noted_ < stretch) {
      if (begin_ns_ == 0) begin_ns_ = now_ns();
      ++noted_;
      return true;
    }
    const std::uint64_t end_ns = now_ns();
    log_->add({"stretch", silent_ ? std::size_t{0} : std::size_t{1}, begin_ns_, end_ns, "ok"});
    begin_ns_ = end_ns;
    silent_ = !silent_;
    noted_ = silent_ ? 0 : 1;
    if (silent_) left_ = std::uint64_t{stretch} * every_;
    return !silent_;
  }
  void settle() {
    if (held_.name != nullptr) log_->add(held_);
    held_.name = nullptr;
  }

  TraceLog* log_;
  std::uint32_t every_;
  std::uint64_t left_;       // from 0 it would take centuries
  std::uint32_t noted_ = 0;  // trips of this stretch
  bool silent_ = false;
  std::uint64_t begin_ns_ = 0;  // of this stretch
  TraceLog::Event held_{};      // not in the log yet; a name of null: none
};

}  // namespace ipcmark
