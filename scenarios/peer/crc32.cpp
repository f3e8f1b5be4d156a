#include "scenarios/peer/crc32.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace ipcmark {
namespace {

static_assert(std::endian::native == std::endian::little);

// Eight bytes a step: row k is what a byte does that k others follow ("slicing by 8", Intel).
using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t sum = byte;
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1U) ^ ((sum & 1U) != 0 ? 0xEDB88320U : 0U);
    tables[0][byte] = sum;
  }
  for (std::size_t row = 1; row < tables.size(); ++row) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t last = tables[row - 1][byte];
      tables[row][byte] = (last >> 8U) ^ tables[0][last & 0xFFU];
    }
  }
  return tables;
}

constexpr Tables tables = make_tables();

}  // namespace

std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t before) {
  std::uint32_t sum = ~before;
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    word ^= sum;
    sum = 0;
    for (std::size_t i = 0; i < 8; ++i) sum ^= tables[7 - i][(word >> (8 * i)) & 0xFFU];
  }
  for (; left > 0; --left, ++at) {
    sum = (sum >> 8U) ^ tables[0][(sum ^ static_cast<std::uint32_t>(*at)) & 0xFFU];
  }
  return ~sum;
}

}  // namespace ipcmark
