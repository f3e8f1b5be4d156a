// futex(2) between processes: never with the private flag, always with a bounded sleep, because a
// peer that was killed between its update and its wake-up call wakes nobody.
#pragma once

#include <atomic>
#include <cstdint>

#include "backends/deadline.hpp"

namespace ipcmark {

// Sleeps while `word` holds `expected`, at most `ns`. Returns for any reason (woken, timed out,
// EINTR, the word had changed): the caller looks at its condition again.
void futex_sleep(std::atomic<std::uint32_t>& word, std::uint32_t expected, std::uint64_t ns);
// The same, at most the peer-check interval and not beyond the deadline.
void futex_sleep(std::atomic<std::uint32_t>& word, std::uint32_t expected, Deadline deadline);
// Wakes at most `waiters` sleepers of any process.
void futex_wake(std::atomic<std::uint32_t>& word, int waiters);

}  // namespace ipcmark
