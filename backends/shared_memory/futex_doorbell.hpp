// How the two ends of a mailbox (slot.hpp) wait for each other by its own word: spinning, asleep in
// futex(2), or first the one and then the other.
//
// Who sleeps has said so in the word it sleeps on, so one atomic operation changes the state, and
// tells whether somebody has to be woken. A spinning end never sleeps: nobody looks, and the word
// has no flags besides the state.
#pragma once

#include <atomic>
#include <cstdint>

#include "backends/kernel/futex.hpp"
#include "backends/shared_memory/slot.hpp"
#include "backends/shared_memory/waiting.hpp"

namespace ipcmark::ring {

class FutexDoorbell {
 public:
  FutexDoorbell(const Slot& slot, Wait wait, const std::atomic<std::uint32_t>* peer_died)
      : control_(slot.control()), wait_(wait), peer_died_(peer_died) {}

  void set_full() { set(slot_full, slot_receiver_waits); }
  void set_empty() {
    if (wait_ == Wait::spin) {
      control_.word.store(0, std::memory_order_release);
      return;
    }
    const std::uint32_t before =
        control_.word.fetch_and(~(slot_full | slot_taking), std::memory_order_seq_cst);
    if ((before & slot_sender_waits) != 0) wake(slot_sender_waits);
  }
  // After an end has left word of it in the control block.
  void signal_end() {
    if (wait_ == Wait::spin) return;
    control_.word.fetch_xor(slot_end_seen, std::memory_order_seq_cst);
    wake(slot_receiver_waits | slot_sender_waits);
  }

  // Until a message is there, or the sender has ended. timeout, would_block, peer_died.
  [[gnu::always_inline]] Status await_full(Deadline deadline) {
    return await(deadline, slot_receiver_waits, [this](std::uint32_t word) {
      return (word & slot_full) != 0 || control_.sender_state.load(std::memory_order_seq_cst) != 0;
    });
  }
  // Until there is room, or the receiver is gone.
  Status await_empty(Deadline deadline) {
    return await(deadline, slot_sender_waits, [this](std::uint32_t word) {
      return (word & slot_full) == 0 || control_.receiver_gone.load(std::memory_order_seq_cst) != 0;
    });
  }

  // For a wait set. Nobody wakes who should be spinning, so there is no word then.
  bool looks_full() const {
    return (control_.word.load(std::memory_order_seq_cst) & slot_full) != 0 ||
           control_.sender_state.load(std::memory_order_seq_cst) != 0;
  }
  int descriptor() const { return -1; }
  std::atomic<std::uint32_t>* word() { return wait_ == Wait::spin ? nullptr : &control_.word; }
  void announce_receiver(bool waiting) {
    if (waiting) {
      control_.word.fetch_or(slot_receiver_waits, std::memory_order_seq_cst);
    } else {
      control_.word.fetch_and(~slot_receiver_waits, std::memory_order_seq_cst);
    }
  }

 private:
  void set(std::uint32_t state, std::uint32_t waits) {
    if (wait_ == Wait::spin) {
      control_.word.store(state, std::memory_order_release);
      return;
    }
    if ((control_.word.fetch_or(state, std::memory_order_seq_cst) & waits) != 0) wake(waits);
  }

  void wake(std::uint32_t waits) {
    control_.word.fetch_and(~waits, std::memory_order_seq_cst);
    futex_wake(control_.word, both_ends);
  }

  template <class Done>
  [[gnu::always_inline]] Status await(Deadline deadline, std::uint32_t waits, Done done) {
    const auto is_done = [&] { return done(control_.word.load(std::memory_order_acquire)); };
    if (is_done()) return {};
    if (deadline.is_immediate()) return fail(Errc::would_block, "try");
    if (wait_ == Wait::spin) return spin_until(is_done, deadline, peer_died_);
    if (wait_ == Wait::hybrid && spin_for(is_done, hybrid_spin_ns)) return {};
    return sleep(deadline, waits, done);
  }

  template <class Done>
  Status sleep(Deadline deadline, std::uint32_t waits, Done done) {
    for (;;) {
      std::uint32_t seen = control_.word.load(std::memory_order_seq_cst);
      if (done(seen)) break;
      if ((seen & waits) == 0) {
        if (!control_.word.compare_exchange_strong(seen, seen | waits)) continue;
        seen |= waits;
      }
      // An end is told by changing the word, after it has left word of it: asked again now.
      if (done(seen)) break;
      if (Status status = give_up(deadline, peer_died_); !status) {
        // What came between the look and the peer's death is still to be had.
        if (done(control_.word.load(std::memory_order_seq_cst))) break;
        silence(waits);
        return status;
      }
      futex_sleep(control_.word, seen, deadline);
    }
    silence(waits);
    return {};
  }

  void silence(std::uint32_t waits) {
    if ((control_.word.load(std::memory_order_relaxed) & waits) == 0) return;
    control_.word.fetch_and(~waits, std::memory_order_seq_cst);
  }

  static constexpr int both_ends = 2;

  SlotControl& control_;
  Wait wait_;
  const std::atomic<std::uint32_t>* peer_died_;
};

}  // namespace ipcmark::ring
