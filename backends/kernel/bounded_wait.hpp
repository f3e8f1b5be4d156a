// How long a waiter sleeps before it looks again: a peer that was killed wakes nobody.
#pragma once

#include <time.h>

#include <cstdint>

#include "backends/transport.hpp"

namespace ipcmark {

inline constexpr std::uint64_t patience_ns = 100'000'000;

// For a waiter that did not get what it waits for: why it must give up now, if it must.
inline Status may_wait(Deadline deadline, const OpenContext& context, const char* operation) {
  if (context.peer_died->load(std::memory_order_relaxed) != 0) {
    return fail(Errc::peer_died, operation);
  }
  if (deadline.is_immediate()) return fail(Errc::would_block, operation);
  if (deadline.passed()) return fail(Errc::timeout, operation);
  return {};
}

// The next sleep: what patience allows, or what is left until the deadline.
inline std::uint64_t next_sleep_ns(Deadline deadline) {
  if (deadline.is_never()) return patience_ns;
  const std::uint64_t left = deadline.remaining_ns();
  return left < patience_ns ? left : patience_ns;
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
