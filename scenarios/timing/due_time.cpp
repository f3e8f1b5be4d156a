#include "scenarios/timing/due_time.hpp"

#include <time.h>

#include "backends/deadline.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t second = 1'000'000'000;
// Two readings of the clock in a row lie tens of nanoseconds apart. With more than this between
// them the thread did not run, and its CPU time did not grow.
constexpr std::uint64_t away_ns = 10'000;

std::uint64_t thread_cpu_ns() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<std::uint64_t>(used.tv_sec) * second +
         static_cast<std::uint64_t>(used.tv_nsec);
}

}  // namespace

// Asking for the thread's CPU time is a system call. Before and after the sleep there is time for
// it; after the polling it would make every message late, so the polling is measured by the
// readings it consists of.
std::uint64_t DueWait::until(std::uint64_t due_ns) {
  std::uint64_t now = now_ns();
  if (due_ns > now + spin_before_ns) {
    sleep_until(due_ns - spin_before_ns);
    now = now_ns();
  }
  std::uint64_t polling = 0;
  while (now < due_ns) {
    const std::uint64_t next = now_ns();
    const std::uint64_t step = next - now;
    polling += step < away_ns ? step : 0;
    now = next;
  }
  polling_ns_ += polling;
  return now;
}

void DueWait::sleep_until(std::uint64_t wake_ns) {
  const timespec at{static_cast<time_t>(wake_ns / second), static_cast<long>(wake_ns % second)};
  const std::uint64_t before = thread_cpu_ns();
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr);
  sleeping_ns_ += thread_cpu_ns() - before;
  ++sleeps_;
}

void DueWait::account(ProcessCost& cost) const {
  cost.harness_user_ns = polling_ns_;
  cost.harness_system_ns = sleeping_ns_;
  cost.harness_switches = sleeps_;
}

}  // namespace ipcmark
