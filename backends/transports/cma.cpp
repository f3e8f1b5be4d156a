// cma: the receiver copies each message out of the sender's own memory, by process_vm_readv(2)
// ("cross-memory attach", as MPI and UCX do for what is large).
//
// A shared page holds where the message lies: process, address, length; it is a mailbox of one
// message (slot.hpp), woken by futex. The caller's buffer is its own again when send() returns, so
// a large message is offered where it lies and send() waits until it was copied, with one copy in
// all. Should the receiver not come while a copy would have been made, the offer is taken back, and
// the message is offered anew from a buffer of the sender's. So does every small message begin, and
// every send that has a deadline: an offer cannot be taken back while it is being read. A channel
// therefore holds one message whether or not somebody receives.
//
// What is offered is gone with its sender, so close() waits until it was taken.
#include <unistd.h>

#include <cstring>
#include <utility>
#include <vector>

#include "backends/kernel/other_memory.hpp"
#include "backends/shared_memory/futex_doorbell.hpp"
#include "backends/transport.hpp"

namespace ipcmark {

BackendEntry cma_entry();

namespace {

using ring::EndState;
using ring::FutexDoorbell;
using ring::Slot;

// What lies in the slot in place of the message.
struct Offer {
  std::uint64_t address = 0;
  std::uint64_t length = 0;
  std::int64_t pid = 0;
};

// Up to here a copy costs less than to wait for the receiver's.
constexpr std::size_t copied_up_to = 16 * 1024;
// How long to wait for a receiver that is elsewhere: about as long as the copy takes which that
// saves. One that was asleep has been woken, and comes.
constexpr std::uint64_t direct_wait_ns = 20'000;
constexpr std::uint64_t woken_wait_ns = 2'000'000;
constexpr std::uint64_t copied_bytes_per_ns = 8;
constexpr std::uint64_t longest_copy_ns = 10'000'000'000;

class CmaSender final : public Sender {
 public:
  CmaSender(Slot slot, const ChannelSpec& spec, const OpenContext& context)
      : slot_(std::move(slot)),
        doorbell_(slot_, spec.wait, context.peer_died),
        largest_(spec.largest_message),
        pid_(::getpid()) {}
  ~CmaSender() override {
    // What nobody has begun to read is gone; what is being read has to stay until it was.
    if (slot_.is_full() && !take_back()) (void)await_room(Deadline::after(longest_copy_ns));
    end(EndState::abandoned);
  }

  Status send(std::span<const std::byte> message, Deadline deadline) override {
    if (message.size() > largest_) return fail(Errc::too_large, "send");
    if (ended_) return fail(Errc::invalid, "send after close");
    if (Status room = await_room(deadline); !room) return room;
    if (message.size() <= copied_up_to || !deadline.is_never()) {
      offer_copy(message);
      return {};
    }
    return send_in_place(message);
  }

  Status close(Deadline deadline) override {
    if (ended_) return {};
    Status taken = await_room(deadline);
    if (!taken && is_wait_over(taken.error())) return taken;
    // Nobody is left to take it, which is no failure of closing.
    end(EndState::closed);
    return {};
  }

 private:
  std::atomic<std::uint32_t>& word() const { return slot_.control().word; }

  Status await_room(Deadline deadline) {
    if (!slot_.is_full()) return {};
    if (Status waited = doorbell_.await_empty(deadline); !waited) return waited;
    if (slot_.is_full()) return fail(Errc::peer_died, "send");  // and the receiver is gone
    return {};
  }

  void offer(const std::byte* from, std::size_t length) {
    const Offer offered{reinterpret_cast<std::uintptr_t>(from), length, pid_};
    std::memcpy(slot_.data(), &offered, sizeof offered);
    doorbell_.set_full();
  }

  void offer_copy(std::span<const std::byte> message) {
    own_.assign(message.begin(), message.end());
    offer(own_.data(), own_.size());
  }

  Status send_in_place(std::span<const std::byte> message) {
    const bool comes = (word().load(std::memory_order_seq_cst) & ring::slot_receiver_waits) != 0;
    offer(message.data(), message.size());
    const std::uint64_t at_most =
        (comes ? woken_wait_ns : direct_wait_ns) + message.size() / copied_bytes_per_ns;
    Status taken = await_room(Deadline::after(at_most));
    if (taken || taken.error().code != Errc::timeout) return taken;
    if (take_back()) {
      offer_copy(message);
      return {};
    }
    return await_room(Deadline::never());  // it is being read
  }

  // Whether the offer stands as it did before it was made; not once the receiver is copying.
  bool take_back() {
    std::uint32_t seen = word().load(std::memory_order_seq_cst);
    while ((seen & (ring::slot_full | ring::slot_taking)) == ring::slot_full) {
      if (word().compare_exchange_weak(seen, seen & ~ring::slot_full)) return true;
    }
    return false;
  }

  void end(EndState state) {
    if (std::exchange(ended_, true)) return;
    slot_.control().sender_state.store(static_cast<std::uint32_t>(state),
                                       std::memory_order_seq_cst);
    doorbell_.signal_end();
  }

  Slot slot_;
  FutexDoorbell doorbell_;
  std::uint64_t largest_;
  pid_t pid_;
  bool ended_ = false;
  std::vector<std::byte> own_;  // the message that was not offered in place
};

class CmaReceiver final : public Receiver {
 public:
  CmaReceiver(Slot slot, const ChannelSpec& spec, const OpenContext& context)
      : slot_(std::move(slot)),
        doorbell_(slot_, spec.wait, context.peer_died),
        largest_(spec.largest_message) {}
  ~CmaReceiver() override {
    slot_.control().receiver_gone.store(1, std::memory_order_seq_cst);
    doorbell_.signal_end();
  }

  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    for (;;) {
      if (Status waited = doorbell_.await_full(deadline); !waited) {
        return tl::make_unexpected(waited.error());
      }
      if (begin_taking()) return take(buffer);
      // Taken back at the last moment; the sender offers it anew, or has ended.
      if (slot_.sender_state() != EndState::open && !slot_.is_full()) return slot_.end_of_sender();
      if (deadline.is_immediate()) return fail(Errc::would_block, "receive");
    }
  }

  bool ready() override { return doorbell_.looks_full(); }
  std::atomic<std::uint32_t>* futex_word() override { return doorbell_.word(); }
  void announce_wait(bool waiting) override { doorbell_.announce_receiver(waiting); }

 private:
  std::atomic<std::uint32_t>& word() const { return slot_.control().word; }

  bool begin_taking() {
    std::uint32_t seen = word().load(std::memory_order_seq_cst);
    while ((seen & ring::slot_full) != 0) {
      if (word().compare_exchange_weak(seen, seen | ring::slot_taking)) return true;
    }
    return false;
  }

  Result<std::size_t> take(std::span<std::byte> buffer) {
    Offer offer;
    std::memcpy(&offer, slot_.data(), sizeof offer);
    if (offer.length > largest_) return fail(Errc::corrupt, "length of a message");
    if (offer.length > buffer.size()) {
      word().fetch_and(~ring::slot_taking, std::memory_order_seq_cst);  // it stays
      return fail(Errc::too_large, "receive");
    }
    const auto pid = static_cast<pid_t>(offer.pid);
    const auto bytes = static_cast<std::size_t>(offer.length);
    const Status copied = read_memory_of(pid, offer.address, buffer.first(bytes));
    if (!copied) return tl::make_unexpected(copied.error());
    doorbell_.set_empty();
    return bytes;
  }

  Slot slot_;
  FutexDoorbell doorbell_;
  std::uint64_t largest_;
};

Capabilities capabilities(const ChannelSpec& spec) {
  Capabilities can = ring::slot_capabilities(spec);
  can.spin = true;
  can.hybrid = true;
  return can;
}

std::string probe(const ChannelSpec&) { return other_memory_unsupported("cma"); }

Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id, Names&) {
  if (!capabilities(spec).unsupported_reason.empty()) return fail(Errc::unsupported, "cma");
  auto address = ring::create_slot("cma", spec, id, sizeof(Offer));
  if (!address) return tl::make_unexpected(address.error());
  return ring::make_slot_channel(std::move(*address));
}

Result<Slot> open_slot(const Address& address) {
  if (address.descriptors.size() != 1) return fail(Errc::invalid, "address of a cma");
  return Slot::open(address.descriptors[0], sizeof(Offer));
}

Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext& context) {
  auto slot = open_slot(address);
  if (!slot) return tl::make_unexpected(slot.error());
  let_memory_be_read();
  return std::make_unique<CmaSender>(std::move(*slot), address.spec, context);
}

Result<std::unique_ptr<Receiver>> open_receiver(Address address, const OpenContext& context) {
  auto slot = open_slot(address);
  if (!slot) return tl::make_unexpected(slot.error());
  return std::make_unique<CmaReceiver>(std::move(*slot), address.spec, context);
}

}  // namespace

BackendEntry cma_entry() {
  BackendEntry entry;
  entry.name = "cma";
  entry.summary = "copied out of the sender's memory by process_vm_readv";
  entry.group = MechanismGroup::kernel;
  entry.note =
      "One copy whatever the size, as MPI and UCX do it for large messages: the sender must stay "
      "alive until it was made, and the receiver may read all of the sender's memory.";
  entry.snippet = "cma";
  entry.basic = false;
  entry.capabilities = capabilities;
  entry.probe = probe;
  entry.create = create;
  entry.open_sender = open_sender;
  entry.open_receiver = open_receiver;
  return entry;
}

}  // namespace ipcmark
