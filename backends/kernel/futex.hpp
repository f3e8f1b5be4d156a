// futex(2) between processes: never with the private flag, always with a bounded sleep.
#pragma once

#include <atomic>
#include <cstdint>

#include "backends/deadline.hpp"

namespace ipcmark {

// The longest a waiter sleeps before it looks again: a peer that was killed between its update and
// its wake-up call wakes nobody.
inline constexpr std::uint64_t futex_slice_ns = 100'000'000;

// Sleeps while `word` holds `expected`, at most `ns`. Returns for any reason (woken, timed out,
// EINTR, the word had changed): the caller looks at its condition again.
void futex_sleep(std::atomic<std::uint32_t>& word, std::uint32_t expected, std::uint64_t ns);
// The same, at most one slice and not beyond the deadline.
void futex_sleep(std::atomic<std::uint32_t>& word, std::uint32_t expected, Deadline deadline);
// Wakes at most `waiters` sleepers of any process.
void futex_wake(std::atomic<std::uint32_t>& word, int waiters);

}  // namespace ipcmark
