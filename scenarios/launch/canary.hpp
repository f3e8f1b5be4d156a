// What the machine itself costs right now: the only witness of a virtual machine's CPU moves.
#pragma once

#include <vector>

#include "results/error.hpp"

namespace ipcmark {

struct CanaryReading {
  double core_to_core_ns =
      0;  // median round trip of two cache lines between the first two CPUs; 0 with one
  double spin_ns = 0;  // a fixed arithmetic loop on the first CPU, best of several
};
// Takes a few milliseconds, with two threads pinned to the trial's CPUs; restores the affinity.
CanaryReading take_canary(const std::vector<int>& cpus);

}  // namespace ipcmark
