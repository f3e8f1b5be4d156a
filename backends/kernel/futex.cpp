#include "backends/kernel/futex.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

namespace ipcmark {

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));

void futex_sleep(std::atomic<std::uint32_t>& word, std::uint32_t expected, std::uint64_t ns) {
  const timespec length = to_timespec(ns);
  ::syscall(SYS_futex, &word, FUTEX_WAIT, expected, &length, nullptr, 0);
}

void futex_sleep(std::atomic<std::uint32_t>& word, std::uint32_t expected, Deadline deadline) {
  std::uint64_t ns = peer_check_interval_ns;
  if (!deadline.is_never()) ns = std::min(ns, deadline.remaining_ns());
  if (ns > 0) futex_sleep(word, expected, ns);
}

void futex_wake(std::atomic<std::uint32_t>& word, int waiters) {
  ::syscall(SYS_futex, &word, FUTEX_WAKE, waiters, nullptr, nullptr, 0);
}

}  // namespace ipcmark
