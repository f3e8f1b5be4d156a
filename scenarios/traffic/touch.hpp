// What "touch full" means: the sender writes every byte of the payload, the receiver reads every
// byte. Inline, because it stands in measured loops; sixteen bytes at a time, so that it costs less
// than the copy that any transport makes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace ipcmark {

namespace touch_detail {
using Lane = std::uint64_t __attribute__((vector_size(16)));
inline constexpr std::size_t lanes = 4;
inline constexpr std::size_t block = lanes * sizeof(Lane);

inline Lane lane_at(const std::byte* at) {
  Lane value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
}  // namespace touch_detail

// Writes all bytes; another `turn` writes others, so that no copy of the last message can pass.
inline void touch_write(std::span<std::byte> payload, std::uint64_t turn) {
  using namespace touch_detail;
  std::byte* at = payload.data();
  std::size_t left = payload.size();
  const Lane value = {turn, ~turn};
  for (; left >= block; left -= block, at += block) {
    for (std::size_t i = 0; i < lanes; ++i)
      std::memcpy(at + i * sizeof(Lane), &value, sizeof value);
  }
  for (; left >= sizeof turn; left -= sizeof turn, at += sizeof turn) {
    std::memcpy(at, &turn, sizeof turn);
  }
  if (left != 0) std::memcpy(at, &turn, left);
}

// Reads all bytes; the caller keeps the sum alive (see keep()).
inline std::uint64_t touch_read(std::span<const std::byte> payload) {
  using namespace touch_detail;
  const std::byte* at = payload.data();
  std::size_t left = payload.size();
  // Four sums by name: an array of them is kept in memory by GCC 12, and each addition waits there.
  Lane first = {};
  Lane second = {};
  Lane third = {};
  Lane fourth = {};
  for (; left >= block; left -= block, at += block) {
    first += lane_at(at);
    second += lane_at(at + sizeof(Lane));
    third += lane_at(at + 2 * sizeof(Lane));
    fourth += lane_at(at + 3 * sizeof(Lane));
  }
  const Lane all = first + second + third + fourth;
  std::uint64_t sum = all[0] + all[1];
  for (; left >= sizeof sum; left -= sizeof sum, at += sizeof sum) {
    std::uint64_t value = 0;
    std::memcpy(&value, at, sizeof value);
    sum += value;
  }
  std::uint64_t rest = 0;
  if (left != 0) std::memcpy(&rest, at, left);
  return sum + rest;
}

// Makes the compiler believe that the value is used.
inline void keep(std::uint64_t value) { asm volatile("" : : "r"(value)); }

}  // namespace ipcmark
