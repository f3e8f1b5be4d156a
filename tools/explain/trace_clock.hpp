// The clock of the kernel's events, brought to CLOCK_MONOTONIC, which the workers' stamps have.
//
// tracefs has CLOCK_MONOTONIC itself ("mono"), and on x86 the time-stamp counter ("x86-tsc"), whose
// reading is some 30 ns cheaper in each event. Where the kernel keeps its own time by that counter,
// it is the same on every CPU, and two readings of both clocks, one on each side of a trial, tell
// one from the other: between them the kernel's rate is constant but for corrections by
// adjtimex(2).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace ipcmark {

// The same moment by both clocks.
struct ClockReading {
  std::uint64_t counter = 0;
  std::uint64_t monotonic_ns = 0;
};

// Along the straight line through two readings, the later one second; before and after them too.
std::uint64_t monotonic_ns(std::uint64_t counter, const ClockReading& first,
                           const ClockReading& second);

// What to write into an instance's trace_clock, of which `offered` is the content: "x86-tsc" where
// it can be told from CLOCK_MONOTONIC here, else "mono".
std::string trace_clock_of(const std::string& offered);

// Of the counter; empty where this processor has none that a program can read.
std::optional<ClockReading> read_clocks();

}  // namespace ipcmark
