// A lock-free ring in anonymous shared memory (memfd) from one sender to many receivers.
// broadcast_ring: each of them gets every message, and the slowest holds the sender up. lossy_ring:
// the sender never waits, and each gets what it is quick enough for.
#include "backends/cells/broadcast_ends.hpp"
#include "backends/cells/cell_channel.hpp"
#include "backends/cells/lossy_ring.hpp"

namespace ipcmark {
namespace {

Capabilities capabilities(const ChannelSpec& spec) {
  Capabilities capabilities;
  capabilities.broadcast = true;
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
  capabilities.loans = capabilities.borrows = loans_of(capabilities.depth);
  if (spec.senders > 1) capabilities.refusal = "needs many_senders";
  return capabilities;
}

Capabilities lossy_capabilities(const ChannelSpec& spec) {
  Capabilities lossy = capabilities(spec);
  lossy.lossy = true;
  lossy.zero_copy = false;  // a place that is lent may be overwritten
  return lossy;
}

std::string probe(const ChannelSpec& spec) {
  return ring::cell_obstacle("broadcast_ring", spec, ring::broadcast_object_bytes(spec));
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

std::string lossy_probe(const ChannelSpec& spec) {
  return ring::cell_obstacle("lossy_ring", spec, ring::lossy_object_bytes(spec));
}

Result<std::unique_ptr<Channel>> create_lossy(const ChannelSpec& spec, std::uint64_t id, Names&) {
  if (!lossy_capabilities(spec).refusal.empty()) return fail(Errc::unsupported, "lossy_ring");
  return ring::create_cell_channel("lossy_ring", spec, id, ring::lossy_object_bytes(spec));
}

Result<std::unique_ptr<Sender>> open_lossy_sender(Address address, const OpenContext& context) {
  return ring::open_cell_end<ring::LossySender<>>(address, ring::lossy_object_bytes(address.spec),
                                                  context);
}

Result<std::unique_ptr<Receiver>> open_lossy_receiver(Address address, const OpenContext& context) {
  return ring::open_cell_end<ring::LossyReceiver<>>(address, ring::lossy_object_bytes(address.spec),
                                                    context);
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

BackendEntry lossy_ring_entry() {
  return {.name = "lossy_ring",
          .summary = "the broadcast ring whose sender never waits: a slow receiver misses messages",
          .note =
              "No receiver can hold the sender up, nor break it: for readings of which the newest "
              "counts. What was overwritten before it was read is lost to that receiver, which "
              "goes on with the newest.",
          .snippet = "lossy_ring",
          .basic = false,
          .capabilities = lossy_capabilities,
          .probe = lossy_probe,
          .create = create_lossy,
          .open_sender = open_lossy_sender,
          .open_receiver = open_lossy_receiver};
}

}  // namespace ipcmark
