#include "backends/shared_memory/slot.hpp"

#include <utility>

#include "backends/kernel/address_channel.hpp"
#include "results/text/quantities.hpp"

namespace ipcmark::ring {
namespace {

// A small message lies in one line with the word, so that it crosses together with it; a larger one
// begins a line of its own, which is how copies are quick.
constexpr std::uint64_t line_bytes = 64;
constexpr std::uint64_t fields_bytes = 4 * sizeof(std::uint32_t);
static_assert(sizeof(SlotControl) == line_bytes);

std::uint64_t data_at(std::uint64_t largest) {
  return fields_bytes + largest <= line_bytes ? fields_bytes : line_bytes;
}

}  // namespace

std::uint64_t Slot::object_bytes(std::uint64_t largest) {
  return round_up_to_page(data_at(largest) + largest);
}

Slot::Slot(Mapping mapping, std::uint64_t largest)
    : mapping_(std::move(mapping)), data_at_(data_at(largest)), largest_(largest) {}

Result<Slot> Slot::open(const Fd& memory, std::uint64_t largest) {
  auto mapping = map_object(memory.get(), object_bytes(largest));
  if (!mapping) return tl::make_unexpected(mapping.error());
  return Slot(std::move(*mapping), largest);
}

tl::unexpected<Error> Slot::end_of_sender() const {
  return fail(sender_state() == EndState::closed ? Errc::closed : Errc::peer_died, "receive");
}

Capabilities slot_capabilities(const ChannelSpec& spec) {
  Capabilities can;
  can.survives_peer_kill = true;
  can.largest_message = largest_in_slot;
  can.depth = 1;
  if (spec.largest_message > largest_in_slot) can.unsupported_reason = "needs messages above 1GiB";
  if (spec.depth > 1) can.unsupported_reason = "holds one message, needs a depth of more";
  if (spec.senders > 1) can.unsupported_reason = "needs many_senders";
  if (spec.receivers > 1) can.unsupported_reason = "needs many_receivers";
  return can;
}

std::string slot_unsupported(const char* backend, std::uint64_t object_bytes) {
  const std::uint64_t available = available_memory();
  if (available == 0 || object_bytes <= available) return {};
  return std::string(backend) + ": room for a message takes " + size_text(object_bytes) +
         ", above the " + size_text(available) + " left in memory; lower --size, or free some";
}

Result<Address> create_slot(const char* backend, const ChannelSpec& spec, std::uint64_t id,
                            std::uint64_t largest) {
  auto memory = create_anonymous_memory(Slot::object_bytes(largest));
  if (!memory) return tl::make_unexpected(memory.error());
  Address address = make_address(backend, spec, id);
  address.descriptors.push_back(std::move(*memory));
  return address;
}

std::unique_ptr<Channel> make_slot_channel(Address address) {
  return std::make_unique<AddressChannel>(std::move(address),
                                          Granted{.values = {{"depth", 1}}, .note = {}});
}

}  // namespace ipcmark::ring
