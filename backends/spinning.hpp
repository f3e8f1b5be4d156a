// What spinning waits share: how to be idle, how often to look up, and for how long.
#pragma once

#include <cstdint>

namespace ipcmark {

inline void pause_cpu() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Failed tries between two looks at the clock and at peer_died.
inline constexpr unsigned tries_between_looks = 1000;
// How long `hybrid` spins before it blocks: longer than a futex wake-up (20 µs) costs, shorter than
// a time slice.
inline constexpr std::uint64_t hybrid_spin_ns = 30'000;

}  // namespace ipcmark
