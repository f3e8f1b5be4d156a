// Sender and receiver of a mailbox in shared memory (slot.hpp). How they wait and wake is the
// Doorbell's, of which each end has one:
//   void set_full(); void set_empty(); void signal_end();
//   Status await_full(Deadline); Status await_empty(Deadline);
//   bool looks_full();    // a receive(immediate) would find what is there, or the end
//   int descriptor(); std::atomic<std::uint32_t>* word(); void announce_receiver(bool);
#pragma once

#include <limits>
#include <utility>

#include "backends/shared_memory/slot.hpp"

namespace ipcmark::ring {

template <class Doorbell>
class SlotSender final : public Sender {
 public:
  template <class... Made>
  explicit SlotSender(Slot slot, Made&&... made)
      : slot_(std::move(slot)), doorbell_(slot_, std::forward<Made>(made)...) {}
  ~SlotSender() override { end(EndState::abandoned); }

  Status send(std::span<const std::byte> message, Deadline deadline) override {
    if (Status room = make_room(message.size(), deadline); !room) return room;
    slot_.write(message);
    doorbell_.set_full();
    return {};
  }

  Result<std::span<std::byte>> loan(std::size_t size, Deadline deadline) override {
    if (Status room = make_room(size, deadline); !room) return tl::make_unexpected(room.error());
    loaned_ = size;
    return std::span<std::byte>(slot_.data(), size);
  }
  Status publish(std::size_t size) override {
    if (loaned_ == nothing_loaned || size > loaned_) return fail(Errc::invalid, "publish");
    loaned_ = nothing_loaned;
    slot_.set_length(size);
    doorbell_.set_full();
    return {};
  }
  void abandon() override { loaned_ = nothing_loaned; }

  Status close(Deadline) override {
    end(EndState::closed);
    return {};
  }

 private:
  static constexpr std::size_t nothing_loaned = std::numeric_limits<std::size_t>::max();

  [[gnu::always_inline]] Status make_room(std::size_t size, Deadline deadline) {
    if (size > slot_.largest()) return fail(Errc::too_large, "send");
    if (loaned_ != nothing_loaned || ended_) return fail(Errc::invalid, "send");
    // A sender that found it empty last time will most likely find it so again. The lines with the
    // word and the message are fetched for writing at once, before the word is read.
    if (was_empty_) slot_.fetch_to_send(size);
    was_empty_ = !slot_.is_full();
    if (was_empty_) [[likely]]
      return {};
    if (Status waited = doorbell_.await_empty(deadline); !waited) return waited;
    if (slot_.is_full()) return fail(Errc::peer_died, "send");  // and the receiver is gone
    return {};
  }

  void end(EndState state) {
    if (std::exchange(ended_, true)) return;
    slot_.control().sender_state.store(static_cast<std::uint32_t>(state),
                                       std::memory_order_seq_cst);
    doorbell_.signal_end();
  }

  Slot slot_;
  Doorbell doorbell_;
  std::size_t loaned_ = nothing_loaned;
  bool was_empty_ = false;  // at the last look, before any waiting
  bool ended_ = false;
};

template <class Doorbell>
class SlotReceiver final : public Receiver {
 public:
  template <class... Made>
  explicit SlotReceiver(Slot slot, Made&&... made)
      : slot_(std::move(slot)), doorbell_(slot_, std::forward<Made>(made)...) {}
  ~SlotReceiver() override {
    slot_.control().receiver_gone.store(1, std::memory_order_seq_cst);
    doorbell_.signal_end();
  }

  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    if (Status there = next(deadline); !there) return tl::make_unexpected(there.error());
    const std::size_t size = slot_.length();
    if (size > slot_.largest()) return fail(Errc::corrupt, "length of a message");
    if (size > buffer.size()) return fail(Errc::too_large, "receive");
    copy_small(buffer.data(), slot_.data(), size);
    doorbell_.set_empty();
    return size;
  }

  Result<std::span<const std::byte>> borrow(Deadline deadline) override {
    if (Status there = next(deadline); !there) return tl::make_unexpected(there.error());
    const std::size_t size = slot_.length();
    if (size > slot_.largest()) return fail(Errc::corrupt, "length of a message");
    is_borrowed_ = true;
    return std::span<const std::byte>(slot_.data(), size);
  }
  void release() override {
    if (std::exchange(is_borrowed_, false)) doorbell_.set_empty();
  }

  bool ready() override { return doorbell_.looks_full(); }
  int descriptor() const override { return doorbell_.descriptor(); }
  std::atomic<std::uint32_t>* futex_word() override { return doorbell_.word(); }
  void announce_wait(bool waiting) override { doorbell_.announce_receiver(waiting); }

 private:
  // Inlined, as is waiting: a status that is returned through memory costs more than what a
  // spinning end has to do.
  [[gnu::always_inline]] Status next(Deadline deadline) {
    if (is_borrowed_) return fail(Errc::invalid, "receive");
    if (Status waited = doorbell_.await_full(deadline); !waited) return waited;
    // What was sent before the end is in the slot; the slot is looked at after the end.
    if (!slot_.is_full()) return slot_.end_of_sender();
    return {};
  }

  Slot slot_;
  Doorbell doorbell_;
  bool is_borrowed_ = false;
};

}  // namespace ipcmark::ring
