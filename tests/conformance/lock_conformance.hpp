// The part of the conformance suite that is written against backends/lock.hpp.
#pragma once

#include "backends/registry.hpp"

namespace ipcmark::conformance {

// Registers every case for every lock with googletest. `registry` outlives the run.
void register_lock_cases(const Registry& registry);

}  // namespace ipcmark::conformance
