// How ends of one kind, of which there may be many, sleep on a word in shared memory and are woken
// one by one: an event count (as Eigen's and folly's), over futex(2).
//
// `counts` holds how many have announced that they are about to sleep, and how many of them have
// been signalled already. Whoever provides something makes it visible, then looks at the counts;
// who waits announces itself, then looks once more whether it still must. Both are sequentially
// consistent, so one of the two sees the other. As long as a signalled sleeper has not come up,
// providers make no further system call for it: a stream wakes its receiver once, not per message.
//
// Deaths. A sleeper that is killed stays counted, signalled or not. Not signalled, it costs the
// next provider one needless system call and counts as signalled from then on. A provider killed
// between counting its signal and the wake-up call, or a sleeper killed right after it was chosen,
// leaves somebody asleep who should be awake: for at most one peer-check interval, after which each
// sleeper looks by itself. Nobody hangs, and nothing need be repaired.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>

#include "backends/kernel/futex.hpp"
#include "backends/shared_memory/steps.hpp"

namespace ipcmark::ring {

// Zero-filled is the valid initial state.
struct EventCount {
  std::atomic<std::uint32_t> word;    // what they sleep on; changes with each signal
  std::atomic<std::uint64_t> counts;  // announced in the upper half, signalled in the lower
};

inline constexpr std::uint64_t one_announced = std::uint64_t{1} << 32U;

inline void announce(EventCount& waiters) {
  waiters.counts.fetch_add(one_announced, std::memory_order_seq_cst);
}

// Takes an announcement back, and a signal with it if there is one: too few counted signals cost a
// system call, too many would cost a wake-up.
inline void withdraw(EventCount& waiters) {
  std::uint64_t seen = waiters.counts.load(std::memory_order_relaxed);
  std::uint64_t next = 0;
  do {
    const std::uint64_t announced = seen >> 32U;
    if (announced == 0) return;  // spoilt by a peer
    const std::uint64_t signalled = seen & 0xFFFF'FFFFU;
    next = (announced - 1) << 32U | std::min(signalled == 0 ? 0 : signalled - 1, announced - 1);
  } while (!waiters.counts.compare_exchange_weak(seen, next, std::memory_order_seq_cst));
}

// Wakes one sleeper, if there is one that is not signalled yet. Whatever it waits for must have
// been made visible by a sequentially consistent store.
template <class Steps = NoSteps>
void signal(EventCount& waiters) {
  std::uint64_t seen = waiters.counts.load(std::memory_order_seq_cst);
  while (seen >> 32U > (seen & 0xFFFF'FFFFU)) {
    if (!waiters.counts.compare_exchange_weak(seen, seen + 1, std::memory_order_seq_cst)) continue;
    Steps::at();
    waiters.word.fetch_add(1, std::memory_order_seq_cst);
    Steps::at();
    futex_wake(waiters.word, 1);
    return;
  }
}

// Wakes every sleeper that is not signalled yet: what there is concerns each of them. The same
// holds of its visibility.
template <class Steps = NoSteps>
void signal_each(EventCount& waiters) {
  std::uint64_t seen = waiters.counts.load(std::memory_order_seq_cst);
  while (seen >> 32U > (seen & 0xFFFF'FFFFU)) {
    const std::uint64_t all = (seen >> 32U) << 32U | seen >> 32U;
    if (!waiters.counts.compare_exchange_weak(seen, all, std::memory_order_seq_cst)) continue;
    Steps::at();
    waiters.word.fetch_add(1, std::memory_order_seq_cst);
    Steps::at();
    futex_wake(waiters.word, std::numeric_limits<int>::max());
    return;
  }
}

// Wakes all, whatever they have announced: an end came or went.
inline void signal_all(EventCount& waiters) {
  waiters.word.fetch_add(1, std::memory_order_seq_cst);
  futex_wake(waiters.word, std::numeric_limits<int>::max());
}

// One end's announcement, for sleep_until(): a second `true` is a sleeper that was woken and goes
// back to sleep.
class Announcement {
 public:
  explicit Announcement(EventCount& waiters) : waiters_(waiters) {}
  ~Announcement() { set(false); }
  Announcement(const Announcement&) = delete;
  Announcement& operator=(const Announcement&) = delete;

  void set(bool waiting) {
    if (announced_) withdraw(waiters_);
    if (waiting) announce(waiters_);
    announced_ = waiting;
  }

 private:
  EventCount& waiters_;
  bool announced_ = false;
};

}  // namespace ipcmark::ring
