// Copies small payloads without leaving the caller's page of code.
//
// memcpy(3) is an indirect jump through the PLT into another page of libc; right after a system
// call both often miss (flushed TLB and branch predictor), which costs more than copying 64 bytes.
#pragma once

#include <cstddef>
#include <cstring>

namespace ipcmark {

inline void copy_small(std::byte* to, const std::byte* from, std::size_t size) {
  // The last block may overlap the one before: no loop over single bytes.
  constexpr std::size_t block = 32;
  if (size >= block) {
    if (size > 16 * block) {
      std::memcpy(to, from, size);
      return;
    }
    for (std::size_t at = 0; at + block < size; at += block) {
      std::memcpy(to + at, from + at, block);
    }
    std::memcpy(to + size - block, from + size - block, block);
    return;
  }
  if (size >= 16) {
    std::memcpy(to, from, 16);
    std::memcpy(to + size - 16, from + size - 16, 16);
  } else if (size >= 8) {
    std::memcpy(to, from, 8);
    std::memcpy(to + size - 8, from + size - 8, 8);
  } else if (size >= 4) {
    std::memcpy(to, from, 4);
    std::memcpy(to + size - 4, from + size - 4, 4);
  } else {
    for (std::size_t at = 0; at < size; ++at) to[at] = from[at];
  }
}

}  // namespace ipcmark
