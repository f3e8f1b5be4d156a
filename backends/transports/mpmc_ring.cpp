// A lock-free ring in anonymous shared memory (memfd) for many senders and many receivers: each
// message reaches exactly one of them.
#include "backends/cells/cell_channel.hpp"
#include "backends/cells/cell_ends.hpp"

namespace ipcmark {
namespace {

Capabilities capabilities(const ChannelSpec& spec) {
  Capabilities capabilities;
  capabilities.many_senders = true;
  capabilities.many_receivers = true;
  capabilities.spin = true;
  capabilities.hybrid = true;
  capabilities.zero_copy = true;
  capabilities.huge_pages = true;
  capabilities.reports_peer_death = true;
  capabilities.survives_peer_kill = true;
  capabilities.largest_message = ring::largest_in_cells;
  capabilities.refusal = ring::cell_refusal(spec);
  if (!capabilities.refusal.empty()) return capabilities;
  capabilities.depth = static_cast<std::uint32_t>(ring::cell_layout_for(spec).cells);
  capabilities.borrows = loans_of(capabilities.depth);
  return capabilities;
}

std::string probe(const ChannelSpec& spec) {
  return ring::cell_obstacle("mpmc_ring", spec, ring::cell_object_bytes(spec));
}

Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id, Names&) {
  if (!capabilities(spec).refusal.empty()) return fail(Errc::unsupported, "mpmc_ring");
  return ring::create_cell_channel("mpmc_ring", spec, id, ring::cell_object_bytes(spec));
}

Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext& context) {
  return ring::open_cell_end<ring::CellSender<>>(address, ring::cell_object_bytes(address.spec),
                                                 context);
}

Result<std::unique_ptr<Receiver>> open_receiver(Address address, const OpenContext& context) {
  return ring::open_cell_end<ring::CellReceiver<>>(address, ring::cell_object_bytes(address.spec),
                                                   context);
}

}  // namespace

BackendEntry mpmc_ring_entry() {
  return {.name = "mpmc_ring",
          .summary = "lock-free ring in shared memory, many senders and many receivers",
          .group = MechanismGroup::shared_memory,
          .note =
              "Many processes on both sides without a lock: one that stands still in the middle of "
              "a message holds up nobody else until the ring is full, and what a killed one left "
              "is repaired. Each message takes a place of the largest size.",
          .snippet = "mpmc_ring",
          .basic = false,
          .capabilities = capabilities,
          .probe = probe,
          .create = create,
          .open_sender = open_sender,
          .open_receiver = open_receiver};
}

}  // namespace ipcmark
