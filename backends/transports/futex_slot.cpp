// futex_slot: a mailbox of one message in anonymous shared memory, woken by futex(2).
//
// The minimum for two processes: one cache line with a word and the message. Both ends wait on
// that word, so the change of state and the question whether anybody sleeps are one operation.
#include "backends/shared_memory/futex_doorbell.hpp"
#include "backends/shared_memory/slot_endpoints.hpp"

namespace ipcmark {

BackendEntry futex_slot_entry();

namespace {

using ring::FutexDoorbell;
using ring::Slot;

Capabilities capabilities(const ChannelSpec& spec) {
  Capabilities can = ring::slot_capabilities(spec);
  can.spin = true;
  can.hybrid = true;
  can.zero_copy = true;
  return can;
}

std::string probe(const ChannelSpec& spec) {
  return ring::slot_unsupported("futex_slot", Slot::object_bytes(spec.largest_message));
}

Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id, Names&) {
  if (!capabilities(spec).unsupported_reason.empty()) return fail(Errc::unsupported, "futex_slot");
  auto address = ring::create_slot("futex_slot", spec, id, spec.largest_message);
  if (!address) return tl::make_unexpected(address.error());
  return ring::make_slot_channel(std::move(*address));
}

Result<Slot> open_slot(const Address& address) {
  if (address.descriptors.size() != 1) return fail(Errc::invalid, "address of a futex_slot");
  return Slot::open(address.descriptors[0], address.spec.largest_message);
}

Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext& context) {
  auto slot = open_slot(address);
  if (!slot) return tl::make_unexpected(slot.error());
  return std::make_unique<ring::SlotSender<FutexDoorbell>>(std::move(*slot), address.spec.wait,
                                                           context.peer_died);
}

Result<std::unique_ptr<Receiver>> open_receiver(Address address, const OpenContext& context) {
  auto slot = open_slot(address);
  if (!slot) return tl::make_unexpected(slot.error());
  return std::make_unique<ring::SlotReceiver<FutexDoorbell>>(std::move(*slot), address.spec.wait,
                                                             context.peer_died);
}

}  // namespace

BackendEntry futex_slot_entry() {
  BackendEntry entry;
  entry.name = "futex_slot";
  entry.summary = "mailbox of one message in shared memory, woken by futex";
  entry.group = MechanismGroup::shared_memory;
  entry.note =
      "A word and one message in shared memory: the quickest answer there is, and a sender that "
      "waits whenever its last message has not been read.";
  entry.snippet = "futex_slot";
  entry.basic = false;
  entry.capabilities = capabilities;
  entry.probe = probe;
  entry.create = create;
  entry.open_sender = open_sender;
  entry.open_receiver = open_receiver;
  return entry;
}

}  // namespace ipcmark
