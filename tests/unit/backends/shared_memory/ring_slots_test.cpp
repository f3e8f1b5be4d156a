// A byte ring of slots, both ends in one thread.
#include <gtest/gtest.h>

#include <array>
#include <memory>

#include "backends/shared_memory/byte_ring.hpp"

namespace ipcmark::ring {
namespace {

constexpr std::uint64_t slots = 21;

struct Memory {
  Control control{};
  alignas(64) std::array<std::byte, slots * slot_bytes(64)> data{};
  View view() { return {&control, data.data(), data.size(), slot_bytes(64)}; }
};

void put(Producer& producer) {
  const std::array<std::byte, 64> message{};
  ASSERT_TRUE(producer.put_copy(message.data(), message.size(), std::memory_order_release));
}
void take(Consumer& consumer) {
  std::array<std::byte, 64> buffer{};
  std::size_t length = 0;
  ASSERT_TRUE(consumer.take_copy(buffer, length, std::memory_order_release));
}

TEST(RingSlots, TellWhetherTheProducerIsHalfARingAhead) {
  const auto memory = std::make_unique<Memory>();
  Producer producer(memory->view());
  Consumer consumer(memory->view(), 64);
  for (std::uint64_t first = 0; first < 3 * slots; ++first) {  // laps of both senses
    for (std::uint64_t ahead = 0; ahead < slots; ++ahead) {
      EXPECT_EQ(consumer.is_half_full(), ahead > slots / 2) << first << ", " << ahead;
      put(producer);
    }
    EXPECT_TRUE(consumer.is_half_full());
    for (std::uint64_t i = 0; i < slots; ++i) take(consumer);
    ASSERT_TRUE(producer.look());
    // So that the next turn begins a place further on.
    put(producer);
    take(consumer);
    ASSERT_TRUE(producer.look());
  }
}

TEST(RingSlots, APackedRingDoesNotTell) {
  const auto memory = std::make_unique<Memory>();
  View packed = memory->view();
  packed.slot = 0;
  EXPECT_FALSE(Consumer(packed, 64).is_half_full());
}

}  // namespace
}  // namespace ipcmark::ring
