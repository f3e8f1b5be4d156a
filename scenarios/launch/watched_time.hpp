// The coordinator's time without what it did not run: stopped (Ctrl-Z), or starved of its CPU. Who
// was not looked at in that time cannot be late in it.
#pragma once

#include <cstdint>
#include <functional>

namespace ipcmark {

// How the coordinator sees time and the machine. Both are plain functions, so that a pause of a
// minute is a test of microseconds.
struct MachineProbe {
  std::function<std::uint64_t()> now_ns;  // CLOCK_MONOTONIC
  std::function<double()> tasks_per_cpu;  // that want to run; at least 1
};
MachineProbe real_machine_probe();

class WatchedTime {
 public:
  // Between two looks lie at most the coordinator's longest sleep (0.2 s) and some work. Of a
  // longer gap this much counts.
  static constexpr std::uint64_t longest_gap_ns = 500'000'000;

  explicit WatchedTime(MachineProbe machine_probe);
  // Each call is a look. Begins at 0 and never goes back.
  std::uint64_t now_ns();
  std::uint64_t missed_ns() const { return missed_ns_; }  // left out so far
  double tasks_per_cpu() const { return machine_probe_.tasks_per_cpu(); }

 private:
  MachineProbe machine_probe_;
  std::uint64_t last_ns_;
  std::uint64_t watched_ns_ = 0;
  std::uint64_t missed_ns_ = 0;
};

}  // namespace ipcmark
