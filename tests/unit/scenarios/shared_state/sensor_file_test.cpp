#include "scenarios/shared_state/sensor_file.hpp"

#include <gtest/gtest.h>

#include <array>

namespace ipcmark {
namespace {

TEST(SlotReader, GivesEachReadingOnceItIsPublished) {
  std::array<ReadingSlot, 3> slots;
  SlotReader reader(slots);
  EXPECT_FALSE(reader.next().value());
  slots[0].publish({7, 1.5F, 99});
  const Reading reading = reader.next().value().value();
  EXPECT_EQ(reading.number, 7U);
  EXPECT_EQ(reading.value, 1.5F);
  EXPECT_EQ(reading.made_ns, 99U);
  EXPECT_FALSE(reader.next().value());
}

// Behind the last slot there is the end of the mapping.
TEST(SlotReader, StopsAtTheLastSlotOfAWriterThatDoesNotEnd) {
  std::array<ReadingSlot, 3> slots;
  for (ReadingSlot& slot : slots) slot.publish({1, 1, 1});
  // One beyond what the reader was given, which it must leave alone.
  SlotReader reader(std::span<const ReadingSlot>(slots).first(2));
  EXPECT_TRUE(reader.next().value());
  EXPECT_TRUE(reader.next().value());
  for (int i = 0; i < 3; ++i) {
    const auto beyond = reader.next();
    ASSERT_FALSE(beyond);
    EXPECT_EQ(beyond.error().code, Errc::corrupt);
  }
}

}  // namespace
}  // namespace ipcmark
