// What wakes an end that sleeps over shared memory (--wake): its futex word, or a token in an
// eventfd or a pipe, which can be polled among other descriptors.
//
// Whoever waits announces itself in shared memory and then looks once more; who provides takes the
// announcement back and wakes. So there is at most one token for each announcement. One may be late
// (its message was seen before it came): a token is a reason to look, and the memory decides.
#pragma once

#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "backends/kernel/bounded_wait.hpp"
#include "backends/kernel/futex.hpp"
#include "backends/kernel/interrupt_timer.hpp"
#include "backends/transport.hpp"

namespace ipcmark::ring {

// The two ends of what carries tokens; of an eventfd the same descriptor twice, of a futex none.
struct TokenEnds {
  Fd take, give;
};

// One direction of waking, of one end of a channel: it sleeps by sleep(), or is what wakes the
// other end. One thread at a time.
class WakeUp {
 public:
  explicit WakeUp(TokenEnds tokens) : tokens_(std::move(tokens)) {}

  bool by_futex() const { return !tokens_.give; }
  // Readable when there is a token; -1 by futex.
  int descriptor() const { return tokens_.take.get(); }

  // Wakes a waiter on `word`; its announcement has been taken back. By futex at most `waiters`.
  void wake(std::atomic<std::uint32_t>& word, int waiters) const {
    word.fetch_add(1, std::memory_order_seq_cst);
    if (by_futex()) return futex_wake(word, waiters);
    const std::uint64_t one = 1;
    // A pipe that is full of tokens wakes as well as one more does; its write end never waits.
    while (::write(tokens_.give.get(), &one, sizeof one) < 0 && errno == EINTR) {
    }
  }

  // Until somebody wakes it, the deadline, a signal, or about the peer-check interval; the caller
  // looks again in any case.
  void sleep(std::atomic<std::uint32_t>& word, std::uint32_t seen, Deadline deadline) {
    if (by_futex()) return futex_sleep(word, seen, deadline);
    if (deadline.is_never() && interrupt_timer_.arm()) {
      take();
      return;
    }
    if (is_readable_within(next_sleep_ns(deadline))) take();
  }

  // The announcement was found taken back: there is a token, or will be.
  void expect_token() { token_due_ = !by_futex(); }
  // Takes out what would end the next wait at once.
  void drain() {
    if (token_due_ && is_readable_within(0)) take();
  }

 private:
  // All that are there; waits for the first.
  void take() {
    std::uint64_t tokens[16];
    if (::read(tokens_.take.get(), tokens, sizeof tokens) > 0) token_due_ = false;
  }
  bool is_readable_within(std::uint64_t ns) const {
    pollfd one{tokens_.take.get(), POLLIN, 0};
    const timespec at_most = to_timespec(ns);
    return ::ppoll(&one, 1, &at_most, nullptr) > 0;
  }

  TokenEnds tokens_;
  InterruptTimer interrupt_timer_;
  bool token_due_ = false;
};

// What a channel hands out beside its memory: tokens for its data, and for its space.
inline constexpr std::size_t wake_descriptors(Wake wake) {
  return wake == Wake::futex ? 0 : wake == Wake::eventfd ? 2 : 4;
}
// Makes them, in that order, and appends them.
Status add_wake_descriptors(Wake wake, std::vector<Fd>& descriptors);
// Takes them out of an address whose descriptors before `first` are others.
struct WakeEnds {
  TokenEnds data, space;
};
Result<WakeEnds> take_wake_ends(Address& address, std::size_t first);
// What a machine lacks that a wake-up needs is told when it is made; what makes no sense is said
// here, as a refusal of capabilities. Empty: it does.
inline const char* wake_unsupported(const ChannelSpec& spec) {
  const bool nobody_sleeps = spec.wake != Wake::futex && spec.wait == Wait::spin;
  return nobody_sleeps ? "needs a wait that sleeps: with wait=spin nobody is woken" : "";
}

}  // namespace ipcmark::ring
