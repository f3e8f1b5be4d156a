// Which CPUs a cell's workers run on.
#pragma once

#include <string>
#include <vector>

#include "results/model/spec.hpp"

namespace ipcmark {

std::vector<int> allowed_cpus();  // sched_getaffinity(2), capped by nothing else
// To that CPU alone, whatever its number. 0, or an errno: EINVAL where there is no such CPU, or
// none that this thread may use.
int pin_this_thread(int cpu);
// Whether the kernel lets a thread of this process run there, also beyond allowed_cpus(): isolated
// CPUs are in no mask until they are asked for. Tries it, in a thread of its own.
bool may_run_on(int cpu);

// Where a CPU lies, in words that are equal where the place is.
struct CpuPlace {
  int cpu = 0;
  std::string core;     // its hardware threads
  std::string package;  // the socket
  std::string cache;    // who shares its last-level cache
  std::string kind{};   // of core, see core_kind() in facts.hpp
};
// As the kernel tells it (/sys/devices/system/cpu); what it does not tell is empty, and a core then
// has one thread.
std::vector<CpuPlace> places_of(const std::vector<int>& cpus);

// CPUs for the spec's placement, in worker order; empty: unpinned. Error invalid with a sentence
// when the machine has too few (cross-cpu on one CPU, cross-socket in one package) or --cpus names
// one that is not allowed.
struct PlacementAnswer {
  std::vector<int> cpus;
  std::string unsupported_reason;
};
// Pure.
PlacementAnswer choose_cpus(const RunSpec& spec, const std::vector<CpuPlace>& allowed);
// The same on this machine; what --cpus names is tried.
PlacementAnswer place(const RunSpec& spec, const std::vector<int>& allowed);
// Those among which the canary of such a trial runs (canary.hpp), in worker order. Free workers may
// end up anywhere; those of pinned ones stand for all, so that the canaries of one run tell of the
// same CPUs.
std::vector<int> cpus_for_canary(const RunSpec& spec, const std::vector<int>& allowed);

}  // namespace ipcmark
