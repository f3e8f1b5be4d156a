// A lock-free ring in anonymous shared memory (memfd) from one sender to many receivers: each of
// them gets every message, and the slowest holds the sender up.
#include "backends/shared_memory/broadcast_ends.hpp"
#include "backends/shared_memory/cell_channel.hpp"

namespace ipcmark {
namespace {

Capabilities capabilities(const ChannelSpec& spec) {
  Capabilities capabilities;
  capabilities.broadcast = true;
  capabilities.spin = true;
  capabilities.hybrid = true;
  capabilities.zero_copy = true;
  capabilities.reports_peer_death = true;
  capabilities.survives_peer_kill = true;
  capabilities.largest_message = ring::largest_in_cells;
  capabilities.refusal = ring::cell_refusal(spec);
  if (!capabilities.refusal.empty()) return capabilities;
  capabilities.depth = static_cast<std::uint32_t>(ring::cell_layout_for(spec).cells);
  if (spec.senders > 1) capabilities.refusal = "needs many_senders";
  return capabilities;
}

std::string probe(const ChannelSpec& spec) {
  return ring::cell_obstacle("broadcast_ring", ring::broadcast_object_bytes(spec));
}

Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id, Names&) {
  if (!capabilities(spec).refusal.empty()) return fail(Errc::unsupported, "broadcast_ring");
  return ring::create_cell_channel("broadcast_ring", spec, id, ring::broadcast_object_bytes(spec));
}

Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext& context) {
  return ring::open_cell_end<ring::BroadcastSender<>>(
      address, ring::broadcast_object_bytes(address.spec), context);
}

Result<std::unique_ptr<Receiver>> open_receiver(Address address, const OpenContext& context) {
  return ring::open_cell_end<ring::BroadcastReceiver<>>(
      address, ring::broadcast_object_bytes(address.spec), context);
}

}  // namespace

BackendEntry broadcast_ring_entry() {
  return {.name = "broadcast_ring",
          .summary = "lock-free ring in shared memory, every receiver gets every message",
          .group = MechanismGroup::shared_memory,
          .note =
              "The message is written once, however many receivers read it, and the slowest of "
              "them holds the sender up; one that was killed is left out, and one that comes later "
              "gets what is sent from then on.",
          .snippet = "broadcast_ring",
          .basic = false,
          .capabilities = capabilities,
          .probe = probe,
          .create = create,
          .open_sender = open_sender,
          .open_receiver = open_receiver};
}

}  // namespace ipcmark
