#include "scenarios/traffic/touch.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ipcmark {
namespace {

TEST(Touch, WritesAndReadsEveryByte) {
  for (const std::size_t size : {0U, 1U, 7U, 8U, 63U, 64U, 65U, 1000U}) {
    std::vector<std::byte> payload(size + 1, std::byte{0x55});
    const std::span<std::byte> touched(payload.data(), size);
    touch_write(touched, 0x0101010101010101U);
    for (const std::byte b : touched) {
      EXPECT_TRUE(b == std::byte{1} || b == std::byte{0xFE}) << size;
    }
    EXPECT_EQ(payload[size], std::byte{0x55}) << "wrote beyond " << size;
    const std::uint64_t sum = touch_read(touched);
    for (std::size_t at = 0; at < size; ++at) {
      payload[at] ^= std::byte{4};
      EXPECT_NE(touch_read(touched), sum) << size << " at " << at;
      payload[at] ^= std::byte{4};
    }
  }
}

}  // namespace
}  // namespace ipcmark
