#include "backends/cells/cell_channel.hpp"

#include <unistd.h>

#include "backends/cells/cell_layout.hpp"
#include "backends/cells/end_table.hpp"
#include "backends/kernel/address_channel.hpp"
#include "backends/kernel/huge_pages.hpp"
#include "results/text/quantities.hpp"

namespace ipcmark::ring {
namespace {

constexpr std::uint64_t largest_in_cells = std::uint64_t{1} << 30U;

Granted granted_for(const ChannelSpec& spec) {
  const CellLayout layout = cell_layout_for(spec);
  Granted granted{
      .values = {{"buffer_bytes", static_cast<std::int64_t>(layout.cells * layout.cell_bytes)},
                 {"depth", static_cast<std::int64_t>(layout.cells)}},
      .note = {}};
  add_huge_pages(spec.huge_pages, granted);
  return granted;
}

// What a spec asks of cells that no machine can give; else empty.
std::string refusal_of(const ChannelSpec& spec) {
  if (spec.largest_message > largest_in_cells) return "needs messages above 1GiB";
  if (std::uint64_t{spec.senders} + spec.receivers > max_ends) {
    return "needs more than 256 ends of one channel";
  }
  if (cell_layout_for(spec).cells > max_cells) return "needs a depth above 1073741824";
  return {};
}

}  // namespace

Capabilities cell_capabilities(const ChannelSpec& spec) {
  Capabilities capabilities;
  capabilities.spin = true;
  capabilities.hybrid = true;
  capabilities.zero_copy = true;
  capabilities.huge_pages = true;
  capabilities.reports_peer_death = true;
  capabilities.survives_peer_kill = true;
  capabilities.largest_message = largest_in_cells;
  capabilities.unsupported_reason = refusal_of(spec);
  if (!capabilities.unsupported_reason.empty()) return capabilities;
  capabilities.depth = static_cast<std::uint32_t>(cell_layout_for(spec).cells);
  capabilities.loans = cell_loans(spec);
  capabilities.borrows = loans_of(capabilities.depth);
  return capabilities;
}

std::string cell_unsupported(const char* backend, const ChannelSpec& spec, std::uint64_t bytes) {
  if (::access("/proc/self/fd", X_OK) != 0) {
    return std::string(backend) +
           ": there is no /proc, by which its ends are distinguished; mount it";
  }
  if (auto why = huge_pages_unsupported(backend, spec.huge_pages, bytes); !why.empty()) return why;
  const std::uint64_t available = available_memory();
  if (available == 0 || bytes <= available) return {};
  return std::string(backend) + ": a ring of " + size_text(bytes) + " exceeds the " +
         size_text(available) + " left in memory; lower --depth or --size, or free some";
}

Result<std::unique_ptr<Channel>> create_cell_channel(const char* backend, const ChannelSpec& spec,
                                                     std::uint64_t id, std::uint64_t bytes) {
  auto memory = create_anonymous_memory(bytes, spec.huge_pages);
  if (!memory) return tl::make_unexpected(memory.error());
  Address address = make_address(backend, spec, id);
  address.descriptors.push_back(std::move(*memory));
  return std::make_unique<AddressChannel>(std::move(address), granted_for(spec));
}

}  // namespace ipcmark::ring
