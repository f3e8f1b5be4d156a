#include "tools/explain/trace_clock.hpp"

#include <fstream>

#include "backends/transport.hpp"

#ifdef __x86_64__
#include <x86intrin.h>
#endif

namespace ipcmark {
namespace {

bool kernel_keeps_time_by_counter() {
  std::ifstream file("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  std::string source;
  return file >> source && source == "tsc";
}

}  // namespace

std::uint64_t monotonic_ns(std::uint64_t counter, const ClockReading& first,
                           const ClockReading& second) {
  if (second.counter <= first.counter) return first.monotonic_ns;
  const auto ticks = static_cast<long double>(second.counter - first.counter);
  const auto ns = static_cast<long double>(second.monotonic_ns - first.monotonic_ns);
  const bool before = counter < first.counter;
  const std::uint64_t distance = before ? first.counter - counter : counter - first.counter;
  const auto away = static_cast<std::uint64_t>(static_cast<long double>(distance) * (ns / ticks));
  return before ? first.monotonic_ns - away : first.monotonic_ns + away;
}

std::string trace_clock_of(const std::string& offered) {
  const bool has_counter = offered.find("x86-tsc") != std::string::npos && read_clocks();
  return has_counter && kernel_keeps_time_by_counter() ? "x86-tsc" : "mono";
}

#ifdef __x86_64__

// The shortest of some tries: an interrupt may fall into any of them.
std::optional<ClockReading> read_clocks() {
  constexpr int tries = 64;
  ClockReading best;
  std::uint64_t shortest_ns = UINT64_MAX;
  for (int i = 0; i < tries; ++i) {
    const std::uint64_t before_ns = now_ns();
    _mm_lfence();
    const std::uint64_t counter = __rdtsc();
    _mm_lfence();
    const std::uint64_t took_ns = now_ns() - before_ns;
    if (took_ns >= shortest_ns) continue;
    shortest_ns = took_ns;
    best = {counter, before_ns + took_ns / 2};
  }
  return best;
}

#else

std::optional<ClockReading> read_clocks() { return std::nullopt; }

#endif

}  // namespace ipcmark
