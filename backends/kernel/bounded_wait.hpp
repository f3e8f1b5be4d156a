// Waits in pieces of the peer-check interval: a peer that was killed wakes nobody.
#pragma once

#include <time.h>

#include <cstdint>

#include "backends/transport.hpp"

namespace ipcmark {

// For a waiter that did not get what it waits for: why it must give up now, if it must.
inline Status may_wait(Deadline deadline, const OpenContext& context, const char* operation) {
  if (context.peer_died->load(std::memory_order_relaxed) != 0) {
    return fail(Errc::peer_died, operation);
  }
  if (deadline.is_immediate()) return fail(Errc::would_block, operation);
  if (deadline.passed()) return fail(Errc::timeout, operation);
  return {};
}

// The next sleep: the peer-check interval, or what is left until the deadline.
inline std::uint64_t next_sleep_ns(Deadline deadline) {
  if (deadline.is_never()) return peer_check_interval_ns;
  const std::uint64_t left = deadline.remaining_ns();
  return left < peer_check_interval_ns ? left : peer_check_interval_ns;
}

// That time as the real-time clock will tell it, which is the one most timed POSIX calls know. It
// may be set at any time: the monotonic deadline decides, this is only how long to sleep before
// looking again.
inline timespec real_time_after(std::uint64_t ns) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  timespec at = to_timespec(static_cast<std::uint64_t>(now.tv_nsec) + ns);
  at.tv_sec += now.tv_sec;
  return at;
}

}  // namespace ipcmark
