#include "scenarios/machine/canary.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <system_error>
#include <thread>

#include "backends/deadline.hpp"
#include "scenarios/machine/placement.hpp"

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
  std::atomic<bool> refused{false};  // nobody will answer
};

struct Echo {
  Lines lines;
  int cpu = -1;
  std::uint64_t until = 0;
};

// Neither side can wait for ever: the other CPU may be taken away by the scheduler, so both look at
// the clock now and then, and the echo also at `stop`.
void answer(Echo& echo) {
  if (pin_this_thread(echo.cpu) != 0) {
    echo.lines.refused.store(true, std::memory_order_relaxed);
    return;
  }
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
      if (now_ns() >= until || lines.refused.load(std::memory_order_relaxed)) return false;
      tries = 0;
    }
  }
  return true;
}

// 0: the two CPUs could not be pinned to, or were not to be had at once for long enough.
double core_to_core(const std::pair<int, int>& cpus, std::uint64_t until) {
  if (pin_this_thread(cpus.first) != 0) return 0;
  Echo echo;
  echo.cpu = cpus.second;
  echo.until = until;
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

// Of the pairs, or of the one CPU, that were to be looked at.
bool missing(const CanaryReading& reading) {
  return reading.spin_ns <= 0 || (reading.cpus.size() == 2 && reading.core_to_core_ns <= 0);
}

// In a thread of its own, which is pinned here and there.
void take(const CanaryCpus& cpus, CanaryReading& reading) {
  const std::uint64_t begin = now_ns();
  // What the first pairs leave of their time is the next one's.
  std::uint64_t until = begin;
  const auto next = [&](std::size_t pair) {
    until += limit_ns / cpus.pairs.size();
    return core_to_core(cpus.pairs[pair], until);
  };
  if (!cpus.pairs.empty()) reading.core_to_core_ns = next(0);
  for (std::size_t i = 0; i < reading.others.size(); ++i) {
    reading.others[i].core_to_core_ns = next(i + 1);
  }
  if (pin_this_thread(cpus.spin) == 0) reading.spin_ns = fixed_spin();
}

}  // namespace

CanaryReading take_canary(const CanaryCpus& cpus) {
  CanaryReading reading;
  if (cpus.spin < 0) return reading;
  reading.cpus = {cpus.spin};
  for (const auto& [low, high] : cpus.pairs) {
    if (reading.cpus.size() == 1) {
      reading.cpus = {low, high};
    } else {
      reading.others.push_back({0, {low, high}});
    }
  }
  try {
    std::thread(take, std::cref(cpus), std::ref(reading)).join();
  } catch (const std::system_error&) {  // no thread to be had: not taken
  }
  return reading;
}

Canary canary_between(const CanaryReading& before, const CanaryReading& after) {
  Canary canary{before.core_to_core_ns,
                after.core_to_core_ns,
                before.spin_ns,
                after.spin_ns,
                moved(before.core_to_core_ns, after.core_to_core_ns) ||
                    moved(before.spin_ns, after.spin_ns) || missing(before) || missing(after) ||
                    before.cpus != after.cpus || before.others.size() != after.others.size(),
                std::max(before.cpus, after.cpus),
                {}};
  for (std::size_t i = 0; i < std::min(before.others.size(), after.others.size()); ++i) {
    const auto& [ours, cpus] = before.others[i];
    const auto& [theirs, again] = after.others[i];
    canary.unsteady =
        canary.unsteady || moved(ours, theirs) || ours <= 0 || theirs <= 0 || cpus != again;
    canary.others.push_back({cpus, ours, theirs});
  }
  return canary;
}

}  // namespace ipcmark
