// A word in a scenario's shared memory that grows, and on which workers wait: an operation of its
// own, asleep, so that the watchdog sees who waits and finds out when nobody is left to help.
#pragma once

#include <atomic>
#include <climits>
#include <cstdint>

#include "backends/kernel/futex.hpp"
#include "scenarios/scenario.hpp"

namespace ipcmark {

// Adds to it and wakes who waits.
inline void raise_word(std::atomic<std::uint32_t>& word, std::uint32_t by = 1) {
  word.fetch_add(by, std::memory_order_release);
  futex_wake(word, INT_MAX);
}

// Sleeps until the word is at least `value`. peer_died when that is raised first.
inline Status await_word(WorkerContext& context, std::atomic<std::uint32_t>& word,
                         std::uint32_t value) {
  context.progress().enter(Operation::shared_word, 0);
  for (;;) {
    const std::uint32_t now = word.load(std::memory_order_acquire);
    if (now >= value) break;
    if (context.open_context().peer_died->load(std::memory_order_relaxed) != 0) {
      return fail(Errc::peer_died, "waiting for a shared word");
    }
    futex_sleep(word, now, Deadline::never());
  }
  context.progress().leave();
  return {};
}

}  // namespace ipcmark
