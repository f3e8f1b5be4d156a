// Capabilities as names and values, for result files and `ipcmark list`.
#pragma once

#include <map>
#include <string>

#include "backends/transport.hpp"

namespace ipcmark {

// {"ordered": "yes", "largest_message": "67108864", …}; "refusal" only where there is one.
std::map<std::string, std::string> capability_facts(const Capabilities& capabilities);
// The one-to-one channel a cell's capabilities are declared for.
ChannelSpec plain_channel(const RunSpec& spec);

}  // namespace ipcmark
