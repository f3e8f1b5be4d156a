// One trip as a gapless row of segments: backwards from its end along what it waited for last.
//
// Within a thread the segments lie between its events. Where it was woken, all that happened on its
// CPU since belongs to it, then what the waker did before. Where it took the message without
// sleeping, the chain goes to what the sender did last before. The segments of a chain add up to
// its trip by construction: what tells whether they are right is whether they reach the trip's
// begin.
#pragma once

#include <cstdint>
#include <vector>

#include "results/explain/timeline.hpp"

namespace ipcmark {

// What a segment lies between, the same in every trial: trips with the same row of these took one
// path.
struct SegmentKind {
  EventKind from = EventKind::enter, to = EventKind::enter;
  bool hop = false;       // from one thread's event to another's, without a waking
  bool before = false;    // what was under way before the trip began
  bool inferred = false;  // a switch in it was not recorded
  // The number of a system call or of deferred work, an Interrupt; of send_called 1: with a loan.
  std::int32_t from_other = 0;
  std::int32_t to_other = 0;
  Actor owner;    // who ran on that CPU
  Actor subject;  // who is woken, or switched in, or gets the message
  // clang-tidy 14 takes the 0 that results are compared with for a pointer.
  auto operator<=>(const SegmentKind&) const = default;  // NOLINT(modernize-use-nullptr)
};

// What costs time that would not be spent without being watched: the kernel's events; in cells in
// which few trips are stamped the stamps, too, which the others do not have.
enum class Probes : std::uint8_t { events, events_and_stamps };
bool begins_with_probe(const SegmentKind& kind, Probes probes);

struct Segment {
  SegmentKind kind;
  std::uint64_t begin_ns = 0, end_ns = 0;
  std::int32_t task = 0;  // the owner's thread
  // What the interrupt that ends it found running; of any other the owner's thread.
  std::int32_t interrupted = 0;
  std::int16_t cpu = -1;  // where it ended
  std::uint64_t duration_ns() const { return end_ns - begin_ns; }
};

struct Chain {
  std::uint64_t begin_ns = 0, end_ns = 0;
  std::vector<Segment> segments;  // in order of time
  bool complete = false;          // reached the trip's begin, or was cut there
  bool cut = false;               // by way of what was under way before the trip
  std::uint32_t inferred = 0;     // switches
  std::uint32_t negative = 0;     // segments that end before they begin; 0 unless clocks disagree
  std::uint64_t duration_ns() const { return end_ns - begin_ns; }
  std::uint32_t hits(Probes probes = Probes::events) const;  // segments that begin with one
};

Chain chain_of(const Timeline& timeline, const Trip& trip);
std::vector<Chain> chains_of(const Timeline& timeline);

}  // namespace ipcmark
