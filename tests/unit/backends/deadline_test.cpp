#include "backends/deadline.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "backends/saturating.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t max = std::numeric_limits<std::uint64_t>::max();

TEST(Deadline, BeyondTheClockIsLateAndNotAtOnce) {
  for (const std::uint64_t ns : {max, max - 1, max - 1'000, max / 2}) {
    const Deadline deadline = Deadline::after(ns);
    EXPECT_FALSE(deadline.passed()) << ns;
    EXPECT_FALSE(deadline.is_never()) << ns;
    EXPECT_FALSE(deadline.is_immediate()) << ns;
    EXPECT_GT(deadline.remaining_ns(), max / 4) << ns;
  }
}

TEST(Saturating, StopsAtTheLargest) {
  EXPECT_EQ(saturating_sum(2, 3), 5U);
  EXPECT_EQ(saturating_sum(max, 1), max);
  EXPECT_EQ(saturating_sum(max - 1, 1), max);
  EXPECT_EQ(saturating_product(2, 3), 6U);
  EXPECT_EQ(saturating_product(max, 0), 0U);
  EXPECT_EQ(saturating_product(std::uint64_t{1} << 48U, 1'000'000), max);
}

}  // namespace
}  // namespace ipcmark
