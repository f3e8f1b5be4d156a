// Which CPUs a cell's workers run on.
#pragma once

#include <vector>

#include "results/spec.hpp"

namespace ipcmark {

std::vector<int> allowed_cpus();  // sched_getaffinity(2), capped by nothing else
// CPUs for the spec's placement, in worker order; empty: unpinned. Error invalid with a sentence
// when the machine has too few (cross-cpu on one CPU) or --cpus names one that is not allowed.
struct PlacementAnswer {
  std::vector<int> cpus;
  std::string refusal;
};
PlacementAnswer place(const RunSpec& spec, const std::vector<int>& allowed);
// Where the canary of such a trial runs. Free workers may end up anywhere; those of pinned ones
// stand for all, so that the canaries of one run tell of the same two CPUs.
std::vector<int> cpus_for_canary(const RunSpec& spec, const std::vector<int>& allowed);

}  // namespace ipcmark
