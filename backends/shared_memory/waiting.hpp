// How an endpoint over shared memory waits: spin, block (futex), or spin for a while and then
// block.
#pragma once

#include <atomic>
#include <cstdint>

#include "backends/deadline.hpp"
#include "backends/error.hpp"
#include "backends/kernel/futex.hpp"
#include "backends/spinning.hpp"
#include "results/model/spec.hpp"

namespace ipcmark::ring {

// Tries without a pause between them, before all others: a pause is as long as a line takes from
// core to core (65 cycles on Zen), so that it would show in each round trip.
inline constexpr unsigned eager_tries = 200;
// Backoff: a receiver that has caught up with a stream stays away from the ring for that long
// before it looks again. Close behind the sender it would fetch each line while that one is still
// writing: every message then costs a crossing between the cores, where after the wait hundreds
// come at a stretch (64 B: 68 million a second instead of 18). In a shorter time the sender does
// not get far enough ahead; and a blocked process takes as long to wake up.
inline constexpr std::uint64_t backoff_ns = 5'000;
// Of one that spins, whose messages are not to wait longer than they must: what comes in that time
// carries most of the gain, and half a ring of it is enough.
inline constexpr std::uint64_t spinning_backoff_ns = 2'000;
// Only where the ring holds several times what a sender writes meanwhile, or that one would wait;
// or, of slots and cells where both ends spin, at any capacity: there the receiver can look how
// full it is.
inline constexpr std::uint64_t backoff_capacity = 512 * 1024;
// What counts as a stream: so many messages in a row. A lone one, and its answer, never wait.
inline constexpr unsigned stream_from = 8;

// Ends a wait that nobody will end: null-checked once, looked at rarely.
inline Status give_up(Deadline deadline, const std::atomic<std::uint32_t>* peer_died) {
  if (peer_died != nullptr && peer_died->load(std::memory_order_acquire) != 0) {
    return fail(Errc::peer_died, "waiting for the other end of a channel");
  }
  if (!deadline.is_never() && deadline.passed()) return fail(Errc::timeout, "waiting");
  return {};
}

// Tries until `done()` is true. An error when the deadline or the peer's death comes first.
template <class Done>
Status spin_until(Done&& done, Deadline deadline, const std::atomic<std::uint32_t>* peer_died) {
  for (unsigned i = 0; i < eager_tries; ++i) {
    if (done()) return {};
  }
  for (;;) {
    for (unsigned i = 0; i < tries_between_looks; ++i) {
      if (done()) return {};
      pause_cpu();
    }
    if (Status status = give_up(deadline, peer_died); !status) {
      if (done()) return {};
      return status;
    }
  }
}

// A bounded spin: whether `done()` came true within about `ns`.
template <class Done>
bool spin_for(Done&& done, std::uint64_t ns) {
  const std::uint64_t end = now_ns() + ns;
  do {
    for (unsigned i = 0; i < 100; ++i) {
      if (done()) return true;
      pause_cpu();
    }
  } while (now_ns() < end);
  return false;
}

// For about `ns`, or until `is_over()`, which is asked rarely: it may look at what the sender
// writes.
template <class IsOver>
void back_off(std::uint64_t ns, IsOver&& is_over) {
  const std::uint64_t end = now_ns() + ns;
  do {
    for (unsigned i = 0; i < 8; ++i) pause_cpu();
  } while (now_ns() < end && !is_over());
}
inline void back_off(std::uint64_t ns) {
  back_off(ns, [] { return false; });
}

// Sleeps on `word` until `done()` is true: `sleep(word, seen, deadline)` does so as long as the
// word holds `seen`, and may end early. `announce(true)` tells the other end to wake us (it must
// be a sequentially consistent store), and `done()` is asked again after it, so that no wake-up is
// lost.
template <class Done, class Announce, class Sleep>
Status sleep_until(Done&& done, Announce&& announce, std::atomic<std::uint32_t>& word,
                   Deadline deadline, const std::atomic<std::uint32_t>* peer_died, Sleep&& sleep) {
  for (;;) {
    const std::uint32_t seen = word.load(std::memory_order_acquire);
    announce(true);
    if (done()) {
      announce(false);
      return {};
    }
    if (Status status = give_up(deadline, peer_died); !status) {
      announce(false);
      // The peer's last message may have come between the look and its death.
      if (done()) return {};
      return status;
    }
    sleep(word, seen, deadline);
  }
}

template <class Done, class Announce, class Sleep>
Status wait_until(Wait wait, Done&& done, Announce&& announce, std::atomic<std::uint32_t>& word,
                  Deadline deadline, const std::atomic<std::uint32_t>* peer_died, Sleep&& sleep) {
  if (deadline.is_immediate()) return fail(Errc::would_block, "try");
  if (wait == Wait::spin) return spin_until(done, deadline, peer_died);
  if (wait == Wait::hybrid && spin_for(done, hybrid_spin_ns)) return {};
  return sleep_until(done, announce, word, deadline, peer_died, sleep);
}

// By futex(2).
template <class Done, class Announce>
Status wait_until(Wait wait, Done&& done, Announce&& announce, std::atomic<std::uint32_t>& word,
                  Deadline deadline, const std::atomic<std::uint32_t>* peer_died) {
  return wait_until(wait, done, announce, word, deadline, peer_died,
                    [](std::atomic<std::uint32_t>& on, std::uint32_t seen, Deadline until) {
                      futex_sleep(on, seen, until);
                    });
}

}  // namespace ipcmark::ring
