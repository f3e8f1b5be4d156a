// A channel over cells in anonymous shared memory: what mpmc_ring and broadcast_ring share.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "backends/kernel/mapping.hpp"
#include "backends/transport.hpp"

namespace ipcmark::ring {

inline constexpr std::uint64_t largest_in_cells = std::uint64_t{1} << 30U;

// The empty sentence, or why a ring of that many bytes is not possible on this machine now.
std::string cell_obstacle(const char* backend, const ChannelSpec& spec, std::uint64_t bytes);

// What a spec asks of cells that no machine can give; else empty.
std::string cell_refusal(const ChannelSpec& spec);

// Over zeroed memory of that many bytes.
Result<std::unique_ptr<Channel>> create_cell_channel(const char* backend, const ChannelSpec& spec,
                                                     std::uint64_t id, std::uint64_t bytes);

// `bytes`: as the channel was created with.
template <class End>
Result<std::unique_ptr<End>> open_cell_end(const Address& address, std::uint64_t bytes,
                                           const OpenContext& context) {
  if (address.descriptors.size() != 1) return fail(Errc::invalid, "address of a ring");
  const Fd& memory = address.descriptors[0];
  auto mapping = map_object(memory.get(), bytes, address.spec.huge_pages);
  if (!mapping) return tl::make_unexpected(mapping.error());
  auto own = reopen(memory);
  if (!own) return tl::make_unexpected(own.error());
  auto end = std::make_unique<End>(std::move(*mapping), std::move(*own), address.spec, context);
  if (Status joined = end->join(); !joined) return tl::make_unexpected(joined.error());
  return end;
}

}  // namespace ipcmark::ring
