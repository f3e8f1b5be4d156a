#include "scenarios/timed/arrival_count.hpp"

#include <gtest/gtest.h>

namespace ipcmark {
namespace {

TEST(ArrivalCount, TellsHowManyHadComeByAnyTime) {
  // From microseconds to hours between arrivals: the spans double as often as they must.
  for (const std::uint64_t step : {1U, 100U, 7'919U, 1'000'003U}) {
    ArrivalCount arrivals;
    constexpr std::uint64_t begin = 1'000'000'000'000;
    constexpr std::uint64_t count = 100'000;
    for (std::uint64_t i = 0; i < count; ++i) arrivals.add(begin + i * step);
    EXPECT_EQ(arrivals.count(), count);
    EXPECT_EQ(arrivals.last_ns(), begin + (count - 1) * step);
    EXPECT_EQ(arrivals.until(begin - 1), 0);
    EXPECT_EQ(arrivals.until(begin + count * step), count);
    for (const double share : {0.01, 0.5, 0.99, 0.999}) {
      const auto at = begin + static_cast<std::uint64_t>(share * count) * step;
      EXPECT_NEAR(arrivals.until(at), share * count, count / 4096.0) << step << " " << share;
    }
  }
}

TEST(ArrivalCount, KnowsABacklogFromAnEvenStream) {
  ArrivalCount arrivals;
  for (std::uint64_t i = 0; i < 900; ++i) arrivals.add(1'000'000 + i * 1'000);
  // A tenth comes together long after.
  for (std::uint64_t i = 0; i < 100; ++i) arrivals.add(50'000'000 + i);
  EXPECT_NEAR(arrivals.until(2'000'000), 900, 5);
  EXPECT_EQ(arrivals.until(60'000'000), 1000);
}

TEST(ArrivalCount, IsEmptyBeforeTheFirst) {
  const ArrivalCount arrivals;
  EXPECT_EQ(arrivals.count(), 0U);
  EXPECT_EQ(arrivals.last_ns(), 0U);
  EXPECT_EQ(arrivals.until(1), 0);
}

}  // namespace
}  // namespace ipcmark
