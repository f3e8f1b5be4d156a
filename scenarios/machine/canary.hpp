// What the machine itself costs right now: the only witness of a virtual machine's CPU moves.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "results/model/trial.hpp"
#include "scenarios/scenario.hpp"

namespace ipcmark {

// Each takes a canary a few milliseconds, twice a trial.
inline constexpr std::size_t max_canary_pairs = 4;

// What a canary looks at.
struct CanaryCpus {
  int spin = -1;  // the CPU of the fixed spin; -1: none is known
  std::vector<std::pair<int, int>> pairs =
      {};  // the lower first, each once, max_canary_pairs at most
  bool operator==(const CanaryCpus&) const = default;
};
// The first of them and the next that is another.
CanaryCpus first_two(const std::vector<int>& cpus);
// The pairs of CPUs over which workers of that layout reach each other (by a channel, or by a lock,
// a notifier or memory that all have), where worker i is on cpus[i % size]. Where there are more
// than max_canary_pairs, first those that bring another CPU. As first_two(cpus) where no two are
// connected. Pure.
CanaryCpus connected_cpus(const Layout& layout, const std::vector<int>& cpus);
// Of a trial of that cell on this machine, whose free workers are taken for those of the default
// placement. As first_two() of what this program does not know.
CanaryCpus cpus_for_canary(const Program& program, const RunSpec& spec,
                           const std::vector<int>& allowed);

struct CanaryReading {
  struct Pair {
    double core_to_core_ns = 0;
    std::vector<int> cpus = {};
  };
  // Median round trip of two cache lines between the first two CPUs; 0 with one, and when the two
  // were not to be had at once for long enough, or could not be pinned to.
  double core_to_core_ns = 0;
  double spin_ns = 0;          // a fixed arithmetic loop on one CPU, best of several; 0: not taken
  std::vector<int> cpus = {};  // the first two, the lower first, or the one; empty: none is known
  std::vector<Pair> others = {};  // the further pairs
};
// Takes a few milliseconds a pair, with two threads of its own pinned to the CPUs; 200 ms at most
// for all pairs together where what else runs keeps them apart.
CanaryReading take_canary(const CanaryCpus& cpus);

// What two readings of the same CPUs say of the trial between them. Unsteady: they differ by more
// than a third, or something of one is missing: the machine was busiest then, and what could not be
// looked at is not known to have been quiet.
Canary canary_between(const CanaryReading& before, const CanaryReading& after);

}  // namespace ipcmark
