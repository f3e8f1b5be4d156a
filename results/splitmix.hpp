// splitmix64 (S. Vigna): random numbers that are the same on every machine, which <random>'s
// distributions are not.
#pragma once

#include <cstdint>

namespace ipcmark {

inline constexpr std::uint64_t splitmix_step = 0x9E3779B97F4A7C15U;

// A number as one that sums of others do not make: to tell whether many processes together had each
// of many things exactly once, and for choices that depend on a seed alone.
inline std::uint64_t mixed(std::uint64_t z) {
  z += splitmix_step;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

// The next of a sequence that begins with any `state`.
inline std::uint64_t next_random(std::uint64_t& state) {
  const std::uint64_t value = mixed(state);
  state += splitmix_step;
  return value;
}

}  // namespace ipcmark
