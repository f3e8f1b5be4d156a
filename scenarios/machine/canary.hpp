// What the machine itself costs right now: the only witness of a virtual machine's CPU moves.
#pragma once

#include <vector>

#include "backends/error.hpp"
#include "results/model/trial.hpp"

namespace ipcmark {

struct CanaryReading {
  double core_to_core_ns =
      0;  // median round trip of two cache lines between the first two CPUs; 0 with one
  double spin_ns = 0;  // a fixed arithmetic loop on the first CPU, best of several
};
// Takes a few milliseconds, with two threads pinned to the trial's CPUs; restores the affinity.
CanaryReading take_canary(const std::vector<int>& cpus);

// What two readings say of the trial between them.
Canary canary_between(const CanaryReading& before, const CanaryReading& after);

}  // namespace ipcmark
