// Figures of two contenders taken in pairs, one right after the other and in alternating order,
// with a bare core-to-core round trip between all of them. By it the pairs are divided into the
// machine's states; one during which the state changed is left out.
#pragma once

#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "backends/deadline.hpp"
#include "results/figures/statistics.hpp"

namespace ipcmark::bench {

struct Cpus {
  int first = 0;
  int second = 1;
};

[[noreturn]] inline void stop(const char* what) {
  std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
  std::exit(2);
}

inline void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(cpu), &set);
  ::sched_setaffinity(0, sizeof set, &set);
}

// Zeroed memory that is shared with processes forked later.
template <class T>
class SharedObject {
 public:
  SharedObject() {
    void* page = ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (page == MAP_FAILED) stop("mmap failed");
    object_ = new (page) T{};
  }
  ~SharedObject() { ::munmap(static_cast<void*>(object_), sizeof(T)); }
  SharedObject(const SharedObject&) = delete;
  SharedObject& operator=(const SharedObject&) = delete;
  T& operator*() const { return *object_; }
  T* operator->() const { return object_; }

 private:
  T* object_;
};

// Runs `child` in a process on the second CPU and `parent` here on the first.
inline double in_two_processes(Cpus cpus, const std::function<double()>& parent,
                               const std::function<void()>& child) {
  const pid_t pid = ::fork();
  if (pid < 0) stop("fork failed");
  if (pid == 0) {
    pin(cpus.second);
    child();
    ::_exit(0);
  }
  pin(cpus.first);
  const double figure = parent();
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (status != 0) stop("a child failed");
  return figure;
}

// The control: one cache line each way, nothing but a load and a store. Nanoseconds a trip.
inline double core_to_core(Cpus cpus) {
  struct Lines {
    alignas(128) std::atomic<std::uint64_t> there;
    alignas(128) std::atomic<std::uint64_t> back;
  };
  constexpr std::uint64_t trips = 20'000;
  const SharedObject<Lines> lines;
  return in_two_processes(
      cpus,
      [&] {
        std::uint64_t begin = 0;
        for (std::uint64_t i = 1; i <= 2 * trips; ++i) {
          if (i == trips + 1) begin = now_ns();
          lines->there.store(i, std::memory_order_release);
          while (lines->back.load(std::memory_order_acquire) != i) {
          }
        }
        return static_cast<double>(now_ns() - begin) / trips;
      },
      [&] {
        for (std::uint64_t i = 1; i <= 2 * trips; ++i) {
          while (lines->there.load(std::memory_order_acquire) != i) {
          }
          lines->back.store(i, std::memory_order_release);
        }
      });
}

struct Sample {
  double ring = 0, control = 0;
  std::size_t before = 0;  // the core-to-core reading right before; the next is the one after
};

struct Row {
  std::string name;
  const char* unit;
  double scale;
  std::function<double()> ring;
  std::function<double()> control{};  // none: a rate alone
  std::vector<Sample> samples{};
};

inline void take_sample(Row& row, bool ring_first, std::size_t before) {
  Sample sample{.before = before};
  if (ring_first) sample.ring = row.ring();
  if (row.control) sample.control = row.control();
  if (!ring_first) sample.ring = row.ring();
  row.samples.push_back(sample);
}

// What was sampled while the machine was in this state, before and after.
inline void print(const Row& row, const MachineStates& states, int state) {
  std::vector<double> ring, control;
  for (const Sample& sample : row.samples) {
    if (states.group[sample.before] != state || states.group[sample.before + 1] != state) continue;
    ring.push_back(sample.ring * row.scale);
    control.push_back(sample.control * row.scale);
  }
  if (ring.empty()) return;
  if (row.control) {
    const Ratio ratio = paired_ratio(ring, control);
    std::printf("  %-44s %7.3f [%.3f, %.3f]   %.4g over %.4g %s, %zu pairs\n", row.name.c_str(),
                ratio.ratio, ratio.interval.low, ratio.interval.high, median(ring), median(control),
                row.unit, ring.size());
  } else {
    const Interval interval = quantile_interval(ring);
    std::printf("  %-44s %7.2f [%.2f, %.2f]   %s, %zu samples\n", row.name.c_str(), median(ring),
                interval.low, interval.high, row.unit, ring.size());
  }
}

inline void measure_and_print(std::vector<Row> rows, unsigned rounds, Cpus cpus) {
  std::vector<double> canaries{core_to_core(cpus)};
  for (unsigned round = 0; round < rounds; ++round) {
    for (Row& row : rows) {
      take_sample(row, round % 2 == 0, canaries.size() - 1);
      canaries.push_back(core_to_core(cpus));
    }
  }
  const MachineStates states = group_canaries(canaries);
  for (std::size_t state = 0; state < states.medians.size(); ++state) {
    std::printf("while core-to-core took %.0f ns:\n", states.medians[state]);
    for (const Row& row : rows) print(row, states, static_cast<int>(state));
  }
}

}  // namespace ipcmark::bench
