#include "scenarios/timing/due_time.hpp"

#include <time.h>

#include "backends/deadline.hpp"

namespace ipcmark {

std::uint64_t wait_until(std::uint64_t due) {
  constexpr std::uint64_t second = 1'000'000'000;
  std::uint64_t now = now_ns();
  if (due > now + spin_before_ns) {
    const std::uint64_t wake = due - spin_before_ns;
    const timespec at{static_cast<time_t>(wake / second), static_cast<long>(wake % second)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr);
    now = now_ns();
  }
  while (now < due) now = now_ns();
  return now;
}

}  // namespace ipcmark
