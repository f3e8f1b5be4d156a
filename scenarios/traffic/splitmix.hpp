// A number as one that sums of others do not make: to tell whether many processes together had each
// of many things exactly once, and for choices that depend on a seed alone.
#pragma once

#include <cstdint>

namespace ipcmark {

// splitmix64's finisher (S. Vigna).
inline std::uint64_t mixed(std::uint64_t z) {
  z += 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

}  // namespace ipcmark
