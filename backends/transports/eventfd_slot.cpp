// eventfd_slot: a mailbox of one message in anonymous shared memory, woken by a pair of eventfds.
//
// The sender writes to one eventfd with every message, so that a receiver can wait for it with
// poll(2) among other descriptors, which a futex cannot offer. The other says that there is room
// again, and is written to only when a sender has said that it waits.
//
// A token in the first may be late (the message was taken before it came) or stand for the message
// and the end at once; so it is a reason to look, and the slot's own word decides.
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "backends/kernel/interruptible_call.hpp"
#include "backends/shared_memory/slot_endpoints.hpp"

namespace ipcmark {

BackendEntry eventfd_slot_entry();

namespace {

using ring::Slot;

constexpr ssize_t token_bytes = sizeof(std::uint64_t);

void give_token(int fd) {
  const std::uint64_t one = 1;
  while (::write(fd, &one, sizeof one) != token_bytes && errno == EINTR) {
  }
}

// All that are there at once; waits for the first.
bool take_tokens(int fd) {
  std::uint64_t count = 0;
  return ::read(fd, &count, sizeof count) == token_bytes;
}

// Nobody else reads it, so what poll(2) saw is there.
bool take_tokens_within(int fd, std::uint64_t ns) {
  pollfd one{fd, POLLIN, 0};
  const timespec at_most = to_timespec(ns);
  const int found = ::ppoll(&one, 1, &at_most, nullptr);
  if (found > 0) return take_tokens(fd);
  if (found == 0) errno = EAGAIN;
  return false;
}

class EventDoorbell {
 public:
  EventDoorbell(const Slot& slot, Fd full, Fd room, const OpenContext& context)
      : slot_(slot), full_(std::move(full)), room_(std::move(room)), call_(context) {}

  void set_full() {
    state().store(ring::slot_full, std::memory_order_seq_cst);
    give_token(full_.get());
  }
  void set_empty() {
    has_token_ = false;
    const std::uint32_t before =
        state().fetch_and(ring::slot_sender_waits, std::memory_order_seq_cst);
    if ((before & ring::slot_sender_waits) != 0) give_token(room_.get());
  }
  // Whichever end goes: the other waits for one of them.
  void signal_end() {
    give_token(full_.get());
    give_token(room_.get());
  }

  Status await_full(Deadline deadline) {
    for (;;) {
      if (has_token_ && slot_.is_full()) return {};
      // Both tokens may have been taken as one.
      if (!slot_.is_full() && slot_.sender_state() != ring::EndState::open) return {};
      const Status got = take(full_.get(), deadline);
      if (got) {
        has_token_ = true;
        continue;
      }
      // The token of a message that is there is on its way.
      if (has_come()) return {};
      return got;
    }
  }

  Status await_empty(Deadline deadline) {
    for (;;) {
      state().fetch_or(ring::slot_sender_waits, std::memory_order_seq_cst);
      if (!slot_.is_full() || slot_.receiver_is_gone()) break;
      const Status got = take(room_.get(), deadline);
      if (!got && slot_.is_full()) {
        state().fetch_and(~ring::slot_sender_waits, std::memory_order_seq_cst);
        return got;
      }
    }
    state().fetch_and(~ring::slot_sender_waits, std::memory_order_seq_cst);
    return {};
  }

  // A token that came late would wake a wait set again and again: it is taken out.
  bool looks_full() {
    if (has_come()) return true;
    has_token_ = take_tokens_within(full_.get(), 0) && slot_.is_full();
    return has_come();
  }
  int descriptor() const { return full_.get(); }
  std::atomic<std::uint32_t>* word() { return nullptr; }
  void announce_receiver(bool) {}

 private:
  std::atomic<std::uint32_t>& state() const { return slot_.control().word; }

  bool has_come() const { return slot_.is_full() || slot_.sender_state() != ring::EndState::open; }

  Status take(int fd, Deadline deadline) {
    return call_.get(
        "read of an eventfd", deadline, [fd] { return take_tokens(fd); },
        [fd] { return take_tokens_within(fd, 0); },
        [fd](std::uint64_t ns) { return take_tokens_within(fd, ns); });
  }

  const Slot& slot_;
  Fd full_;
  Fd room_;
  InterruptibleCall call_;
  bool has_token_ = false;  // of what is in the slot now
};

Capabilities capabilities(const ChannelSpec& spec) {
  Capabilities can = ring::slot_capabilities(spec);
  can.pollable = true;
  can.zero_copy = true;
  if (spec.wait != Wait::block) can.unsupported_reason = "needs a wait other than block";
  return can;
}

std::string probe(const ChannelSpec& spec) {
  return ring::slot_unsupported("eventfd_slot", Slot::object_bytes(spec.largest_message));
}

Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id, Names&) {
  if (!capabilities(spec).unsupported_reason.empty())
    return fail(Errc::unsupported, "eventfd_slot");
  auto address = ring::create_slot("eventfd_slot", spec, id, spec.largest_message);
  if (!address) return tl::make_unexpected(address.error());
  for (int i = 0; i < 2; ++i) {
    Fd fd(::eventfd(0, EFD_CLOEXEC));
    if (!fd) return fail(Errc::system, "eventfd", errno);
    address->descriptors.push_back(std::move(fd));
  }
  return ring::make_slot_channel(std::move(*address));
}

Result<Slot> open_slot(const Address& address) {
  if (address.descriptors.size() != 3) return fail(Errc::invalid, "address of an eventfd_slot");
  return Slot::open(address.descriptors[0], address.spec.largest_message);
}

Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext& context) {
  auto slot = open_slot(address);
  if (!slot) return tl::make_unexpected(slot.error());
  return std::make_unique<ring::SlotSender<EventDoorbell>>(
      std::move(*slot), std::move(address.descriptors[1]), std::move(address.descriptors[2]),
      context);
}

Result<std::unique_ptr<Receiver>> open_receiver(Address address, const OpenContext& context) {
  auto slot = open_slot(address);
  if (!slot) return tl::make_unexpected(slot.error());
  return std::make_unique<ring::SlotReceiver<EventDoorbell>>(
      std::move(*slot), std::move(address.descriptors[1]), std::move(address.descriptors[2]),
      context);
}

}  // namespace

BackendEntry eventfd_slot_entry() {
  BackendEntry entry;
  entry.name = "eventfd_slot";
  entry.summary = "mailbox of one message in shared memory, woken by eventfds";
  entry.group = MechanismGroup::shared_memory;
  entry.note =
      "One message in shared memory, and an eventfd that says so: it can be polled among other "
      "descriptors, for a system call on either side of each message.";
  entry.snippet = "eventfd_slot";
  entry.basic = false;
  entry.capabilities = capabilities;
  entry.probe = probe;
  entry.create = create;
  entry.open_sender = open_sender;
  entry.open_receiver = open_receiver;
  return entry;
}

}  // namespace ipcmark
