#include "scenarios/launch/watched_time.hpp"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "backends/deadline.hpp"

namespace ipcmark {
namespace {

// Of the last minute, or right now, whichever is more: a burst has no average yet.
double tasks_per_cpu() {
  std::ifstream file("/proc/loadavg");  // "0.21 0.35 0.40 2/512 12345"
  double minute = 0;
  double five = 0;
  double fifteen = 0;
  double running = 0;
  file >> minute >> five >> fifteen >> running;
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  const bool known = ::sched_getaffinity(0, sizeof allowed, &allowed) == 0;
  const int cpus = known ? std::max(1, CPU_COUNT(&allowed)) : 1;
  return std::max(1.0, std::max(minute, running) / cpus);
}

}  // namespace

MachineProbe real_machine_probe() { return {now_ns, tasks_per_cpu}; }

WatchedTime::WatchedTime(MachineProbe machine_probe)
    : machine_probe_(std::move(machine_probe)), last_ns_(machine_probe_.now_ns()) {}

std::uint64_t WatchedTime::now_ns() {
  const std::uint64_t now = machine_probe_.now_ns();
  const std::uint64_t gap = now - std::min(now, last_ns_);
  const std::uint64_t counted = std::min(gap, longest_gap_ns);
  last_ns_ = now;
  watched_ns_ += counted;
  missed_ns_ += gap - counted;
  return watched_ns_;
}

}  // namespace ipcmark
