#include "backends/framing/fragments.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace ipcmark {
namespace {

TEST(Fragments, PiecesOfAMessage) {
  EXPECT_EQ(pieces_of(0, 100), 1U);
  EXPECT_EQ(pieces_of(1, 100), 1U);
  EXPECT_EQ(pieces_of(84, 100), 1U);
  EXPECT_EQ(pieces_of(85, 100), 2U);
  EXPECT_EQ(pieces_of(1000, 17), 1000U);
}

// The limits of queues can be set to anything, and are asked about before they are refused.
TEST(Fragments, PiecesThatHoldNoMoreThanTheirHeaderAreNoCrash) {
  for (const std::uint64_t piece : {0U, 1U, 12U, 15U, 16U}) {
    EXPECT_EQ(pieces_of(0, piece), 1U) << piece;
    EXPECT_EQ(pieces_of(64, piece), 64U) << piece;
  }
}

TEST(Fragments, PiecesOfTheLargestLengthAreCounted) {
  constexpr std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(pieces_of(max, 17), max);
  EXPECT_EQ(pieces_of(max, 16 + (std::uint64_t{1} << 32U)), std::uint64_t{1} << 32U);
  EXPECT_EQ(pieces_of(max, max), 2U);
}

}  // namespace
}  // namespace ipcmark
