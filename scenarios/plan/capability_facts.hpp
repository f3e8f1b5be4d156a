// Capabilities as names and values, for result files and `ipcmark list`.
#pragma once

#include "backends/registry.hpp"

namespace ipcmark {

CapabilityFacts capability_facts(const Capabilities& capabilities);
// Of the cell's backend, and which group of mechanisms it is of; none where it is not compiled in.
CapabilityFacts capability_facts(const BackendEntry& backend, const RunSpec& spec);
// Of a cell over a lock or a notifier its group alone.
CapabilityFacts capability_facts(const Registry& registry, const RunSpec& spec);
// The one-to-one channel a cell's capabilities are declared for.
ChannelSpec plain_channel(const RunSpec& spec);

}  // namespace ipcmark
