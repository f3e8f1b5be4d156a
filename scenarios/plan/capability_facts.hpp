// Capabilities as names and values, for result files and `ipcmark list`.
#pragma once

#include "backends/transport.hpp"

namespace ipcmark {

CapabilityFacts capability_facts(const Capabilities& capabilities);
// The one-to-one channel a cell's capabilities are declared for.
ChannelSpec plain_channel(const RunSpec& spec);

}  // namespace ipcmark
