#include "backends/shared_memory/ring_transport.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "backends/kernel/address_channel.hpp"
#include "backends/kernel/huge_pages.hpp"
#include "backends/kernel/mapping.hpp"
#include "backends/loans.hpp"
#include "backends/shared_memory/ring_layout.hpp"
#include "backends/shared_memory/ring_memory.hpp"
#include "backends/shared_memory/wake_up.hpp"
#include "results/text/quantities.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t largest_supported = std::uint64_t{1} << 30U;

Granted granted_for(const ChannelSpec& spec, std::string file_system) {
  const ring::Layout layout = ring::layout_for(spec);
  Granted granted{.values = {{"buffer_bytes", static_cast<std::int64_t>(layout.capacity)},
                             {"depth", static_cast<std::int64_t>(layout.depth)}},
                  .note = {},
                  .file_system = std::move(file_system)};
  add_huge_pages(spec.huge_pages, granted);
  return granted;
}

}  // namespace

Capabilities ring_capabilities(const ChannelSpec& spec) {
  Capabilities capabilities;
  capabilities.spin = true;
  capabilities.hybrid = true;
  capabilities.zero_copy = true;
  capabilities.batches = true;
  capabilities.chooses_wake = true;
  capabilities.pollable = spec.wake != Wake::futex;
  capabilities.largest_message = largest_supported;
  if (spec.largest_message > largest_supported) {
    capabilities.unsupported_reason = "needs messages above 1GiB";
    return capabilities;
  }
  capabilities.depth = static_cast<std::uint32_t>(std::min<std::uint64_t>(
      ring::layout_for(spec).depth, std::numeric_limits<std::uint32_t>::max()));
  capabilities.loans = capabilities.borrows = loans_of(capabilities.depth);
  capabilities.unsupported_reason = ring::wake_unsupported(spec);
  if (spec.senders > 1) capabilities.unsupported_reason = "needs many_senders";
  if (spec.receivers > 1) capabilities.unsupported_reason = "needs many_receivers";
  return capabilities;
}

std::uint64_t ring_object_bytes(const ChannelSpec& spec) {
  return ring::control_bytes(spec.huge_pages) + ring::layout_for(spec).mapped;
}

std::string ring_room_sentence(const char* backend, const ChannelSpec& spec,
                               std::uint64_t available, const char* where) {
  const std::uint64_t needed = ring_object_bytes(spec);
  if (needed <= available) return {};
  return std::string(backend) + ": a ring of " + size_text(needed) + " exceeds the " +
         size_text(available) + " left in " + where + "; lower --depth or --size, or free some";
}

Result<std::unique_ptr<Channel>> make_ring_channel(const char* backend, const ChannelSpec& spec,
                                                   std::uint64_t id, Fd memory,
                                                   std::string file_system) {
  Address address = make_address(backend, spec, id);
  address.descriptors.push_back(std::move(memory));
  if (const Status added = ring::add_wake_descriptors(spec.wake, address.descriptors); !added) {
    return tl::make_unexpected(added.error());
  }
  return std::make_unique<AddressChannel>(std::move(address),
                                          granted_for(spec, std::move(file_system)));
}

}  // namespace ipcmark
