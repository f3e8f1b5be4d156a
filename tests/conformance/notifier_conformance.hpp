// The part of the conformance suite that is written against backends/notifier.hpp.
#pragma once

#include "backends/registry.hpp"

namespace ipcmark::conformance {

// Registers every case for every notifier with googletest. `registry` outlives the run.
void register_notifier_cases(const Registry& registry);

}  // namespace ipcmark::conformance
