// What the machine itself costs right now: the only witness of a virtual machine's CPU moves.
#pragma once

#include <vector>

#include "backends/error.hpp"
#include "results/model/trial.hpp"

namespace ipcmark {

struct CanaryReading {
  // Median round trip of two cache lines between the first two CPUs; 0 with one, and when the two
  // were not to be had at once for long enough.
  double core_to_core_ns = 0;
  double spin_ns = 0;  // a fixed arithmetic loop on the first CPU, best of several
  // Those it was taken on, the lower first: two or one, as can be pinned to; empty: none.
  std::vector<int> cpus = {};
};
// Takes a few milliseconds, with two threads pinned to the trial's CPUs; restores the affinity.
CanaryReading take_canary(const std::vector<int>& cpus);

// What two readings say of the trial between them. Unsteady: they differ by more than a third, or
// one is missing although there are two CPUs: the machine was busiest then.
Canary canary_between(const CanaryReading& before, const CanaryReading& after);

}  // namespace ipcmark
