// The entry of a backend whose functions are the members of one constant, as several backends of a
// kind have it.
#pragma once

#include <utility>

#include "backends/transport.hpp"

namespace ipcmark {

// `mechanism` has `backend`, its name, and a function for each of the entry's; no object of it has
// a name.
template <const auto& mechanism>
BackendEntry entry_of() {
  BackendEntry entry;
  entry.name = mechanism.backend;
  entry.capabilities = [](const ChannelSpec& spec) { return mechanism.capabilities(spec); };
  entry.probe = [](const ChannelSpec& spec) { return mechanism.probe(spec); };
  entry.create = [](const ChannelSpec& spec, std::uint64_t id, Names&) {
    return mechanism.create(spec, id);
  };
  entry.open_sender = [](Address address, const OpenContext& context) {
    return mechanism.open_sender(std::move(address), context);
  };
  entry.open_receiver = [](Address address, const OpenContext& context) {
    return mechanism.open_receiver(std::move(address), context);
  };
  return entry;
}

}  // namespace ipcmark
