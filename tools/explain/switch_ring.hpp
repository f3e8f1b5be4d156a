// A ring of records of perf_event_open(2) that is written backwards: the newest record comes first,
// and the oldest ones are overwritten.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "results/explain/capture.hpp"

namespace ipcmark {

struct SwitchRing {
  std::span<const std::byte> data;  // a power of two bytes
  std::uint64_t head = 0;           // data_head: counts down from 0
  std::int32_t thread = 0;          // whose switches these are
};

// Adds its switches, in which the other task is -1: not told. What was overwritten counts as lost,
// and the capture is whole from the oldest record on. Pure.
void add_switches(const SwitchRing& ring, Capture& capture);

}  // namespace ipcmark
