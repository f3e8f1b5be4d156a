// Messages as a scenario sends them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "scenarios/traffic/payload.hpp"

namespace ipcmark {

inline constexpr std::uint64_t seed = 42;
using Message = std::vector<std::byte>;

// Sealed in full.
inline Message message_of(std::uint64_t sequence, std::uint32_t sender = 0, std::size_t size = 64) {
  Message message(size);
  stamp_message(message, {sender, sequence}, seed, Verify::full);
  return message;
}

}  // namespace ipcmark
