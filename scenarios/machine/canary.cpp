#include "scenarios/machine/canary.hpp"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>
#include <system_error>
#include <thread>

#include "backends/deadline.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t trips_per_batch = 100;
constexpr unsigned batches = 64;                 // at 150 to 600 ns a trip: 1 to 4 ms
constexpr unsigned warm_batches = 8;             // thread start, page and cache faults
constexpr unsigned fewest_batches = 8;           // below that no median is worth reporting
constexpr std::uint64_t limit_ns = 200'000'000;  // what else runs may keep the CPUs apart so long
constexpr unsigned tries_per_look = 1000;        // the clock costs more than a try

struct Lines {
  alignas(128) std::atomic<std::uint64_t> there{0};
  alignas(128) std::atomic<std::uint64_t> back{0};
  alignas(128) std::atomic<bool> stop{false};
};

// CPUs beyond cpu_set_t's 1024 are not pinned to: there is no canary of them.
bool pin_to(int cpu) {
  if (cpu < 0 || cpu >= CPU_SETSIZE) return false;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(cpu), &set);
  return ::pthread_setaffinity_np(::pthread_self(), sizeof set, &set) == 0;
}

class KeptAffinity {
 public:
  KeptAffinity() : known_(::pthread_getaffinity_np(::pthread_self(), sizeof set_, &set_) == 0) {}
  KeptAffinity(const KeptAffinity&) = delete;
  KeptAffinity& operator=(const KeptAffinity&) = delete;
  ~KeptAffinity() {
    if (known_) ::pthread_setaffinity_np(::pthread_self(), sizeof set_, &set_);
  }
  bool known() const { return known_; }

 private:
  cpu_set_t set_{};
  bool known_;
};

struct Echo {
  Lines lines;
  int cpu = -1;
  std::uint64_t until = 0;
  bool pinned = false;  // for who has joined the thread
};

// Neither side can wait for ever: the other CPU may be taken away by the scheduler, so both look at
// the clock now and then, and the echo also at `stop`.
void answer(Echo& echo) {
  echo.pinned = pin_to(echo.cpu);
  if (!echo.pinned) return;
  Lines& lines = echo.lines;
  std::uint64_t expected = 1;
  for (unsigned tries = 0;;) {
    if (lines.there.load(std::memory_order_acquire) == expected) {
      lines.back.store(expected++, std::memory_order_release);
      tries = 0;
    } else if (++tries >= tries_per_look) {
      if (lines.stop.load(std::memory_order_relaxed) || now_ns() >= echo.until) return;
      tries = 0;
    }
  }
}

bool one_batch(Lines& lines, std::uint64_t& trip, std::uint64_t until) {
  for (std::uint64_t i = 0; i < trips_per_batch; ++i) {
    lines.there.store(++trip, std::memory_order_release);
    for (unsigned tries = 0; lines.back.load(std::memory_order_acquire) != trip;) {
      if (++tries < tries_per_look) continue;
      if (now_ns() >= until) return false;
      tries = 0;
    }
  }
  return true;
}

// The calling thread is pinned to one CPU, and `second` is another. Nothing: it cannot be pinned
// to. 0: the two CPUs were not to be had at once for long enough.
std::optional<double> core_to_core(int second) {
  Echo echo;
  echo.cpu = second;
  echo.until = now_ns() + limit_ns;
  std::thread other;
  try {
    other = std::thread(answer, std::ref(echo));
  } catch (const std::system_error&) {  // no thread to be had: not taken
    return 0;
  }
  std::vector<double> means;
  means.reserve(batches);
  std::uint64_t trip = 0;
  for (unsigned batch = 0; batch < warm_batches + batches; ++batch) {
    const auto begin = now_ns();
    if (!one_batch(echo.lines, trip, echo.until)) break;
    const auto took = now_ns() - begin;
    if (batch >= warm_batches)
      means.push_back(static_cast<double>(took) / static_cast<double>(trips_per_batch));
  }
  echo.lines.stop.store(true, std::memory_order_relaxed);
  other.join();
  if (!echo.pinned) return std::nullopt;
  if (means.size() < fewest_batches) return 0;
  const auto middle = means.begin() + static_cast<std::ptrdiff_t>(means.size() / 2);
  std::nth_element(means.begin(), middle, means.end());
  return *middle;
}

// A chain of dependent multiplications: nothing to overlap, nothing in memory. Best of several,
// because only interruptions can add to it.
double fixed_spin() {
  constexpr unsigned steps = 5000;
  constexpr unsigned rounds = 24;
  std::uint64_t best = ~std::uint64_t{0};
  for (unsigned round = 0; round < rounds; ++round) {
    std::uint64_t value = round + 1;
    const auto begin = now_ns();
    for (unsigned i = 0; i < steps; ++i) {
      value = value * 6364136223846793005U + 1442695040888963407U;
      asm volatile("" : "+r"(value));  // keeps each step
    }
    best = std::min(best, now_ns() - begin);
  }
  return static_cast<double>(best);
}

bool moved(double before, double after) {
  if (before <= 0 || after <= 0) return false;  // not taken
  return std::max(before, after) > std::min(before, after) * (1.0 + 1.0 / 3.0);
}

bool missing(const CanaryReading& reading) {
  return reading.cpus.size() == 2 && reading.core_to_core_ns <= 0;
}

}  // namespace

CanaryReading take_canary(const std::vector<int>& cpus) {
  CanaryReading reading;
  const KeptAffinity kept;
  if (!kept.known() || cpus.empty() || !pin_to(cpus.front())) return reading;
  reading.cpus = {cpus.front()};
  const auto other =
      std::find_if(cpus.begin(), cpus.end(), [&](int cpu) { return cpu != cpus.front(); });
  if (other != cpus.end()) {
    if (const auto trip = core_to_core(*other)) {
      reading.core_to_core_ns = *trip;
      reading.cpus = {std::min(cpus.front(), *other), std::max(cpus.front(), *other)};
    }
  }
  reading.spin_ns = fixed_spin();
  return reading;
}

Canary canary_between(const CanaryReading& before, const CanaryReading& after) {
  return {before.core_to_core_ns,
          after.core_to_core_ns,
          before.spin_ns,
          after.spin_ns,
          moved(before.core_to_core_ns, after.core_to_core_ns) ||
              moved(before.spin_ns, after.spin_ns) || missing(before) || missing(after) ||
              before.cpus != after.cpus,
          std::max(before.cpus, after.cpus)};
}

}  // namespace ipcmark
