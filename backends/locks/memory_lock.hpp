// What the locks that live in shared memory have in common: one zeroed, anonymous page, passed as a
// descriptor, so that nothing can be left behind.
#pragma once

#include <cstddef>
#include <memory>

#include "backends/kernel/mapping.hpp"
#include "backends/lock.hpp"

namespace ipcmark {

// `initialise` is given the page and returns 0 or an errno; null: zeroed memory is an unlocked
// lock.
Result<std::unique_ptr<LockObject>> create_memory_lock(
    const char* name, int (*initialise)(std::byte* page) = nullptr);
// Maps the page of an address made by create_memory_lock().
Result<Mapping> map_memory_lock(const Address& address);

// How long a waiter sleeps at a time: a peer that was killed wakes nobody, so it looks again.
inline constexpr std::uint64_t lock_slice_ns = 100'000'000;

// For a waiter that did not get the lock: why it must give up now, if it must.
inline Status may_wait(Deadline deadline, const OpenContext& context) {
  if (context.peer_died->load(std::memory_order_relaxed) != 0) {
    return fail(Errc::peer_died, "lock");
  }
  if (deadline.is_immediate()) return fail(Errc::would_block, "lock");
  if (deadline.passed()) return fail(Errc::timeout, "lock");
  return {};
}

// The next sleep: one slice, or what is left until the deadline.
inline std::uint64_t next_sleep_ns(Deadline deadline) {
  if (deadline.is_never()) return lock_slice_ns;
  const std::uint64_t left = deadline.remaining_ns();
  return left < lock_slice_ns ? left : lock_slice_ns;
}

// That time as the real-time clock will tell it, which is the one most timed POSIX calls know.
inline timespec real_time_after(std::uint64_t ns) {
  constexpr long second = 1'000'000'000;
  timespec at{};
  clock_gettime(CLOCK_REALTIME, &at);
  at.tv_nsec += static_cast<long>(ns);
  at.tv_sec += at.tv_nsec / second;
  at.tv_nsec %= second;
  return at;
}

}  // namespace ipcmark
