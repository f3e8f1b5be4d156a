#include "tools/explain/trace_clock.hpp"

#include <gtest/gtest.h>

#include "backends/transport.hpp"

namespace ipcmark {
namespace {

TEST(TraceClock, IsAStraightLineThroughTwoReadings) {
  const ClockReading first{1000, 5000};
  const ClockReading second{3000, 9000};
  EXPECT_EQ(monotonic_ns(1000, first, second), 5000U);
  EXPECT_EQ(monotonic_ns(2000, first, second), 7000U);
  EXPECT_EQ(monotonic_ns(3000, first, second), 9000U);
  EXPECT_EQ(monotonic_ns(3500, first, second), 10'000U);
  EXPECT_EQ(monotonic_ns(900, first, second), 4800U);
}

TEST(TraceClock, LosesNoNanosecondAfterYears) {
  constexpr std::uint64_t years = std::uint64_t{1} << 60;
  const ClockReading first{years, years / 3};
  const ClockReading second{years + 3'000'000'000, years / 3 + 1'000'000'000};
  EXPECT_EQ(monotonic_ns(years + 300, first, second), years / 3 + 100);
  EXPECT_EQ(monotonic_ns(years + 2'999'999'700, first, second), years / 3 + 999'999'900);
}

TEST(TraceClock, IsOneReadingWhereBothAreTheSameMoment) {
  EXPECT_EQ(monotonic_ns(7, {5, 100}, {5, 100}), 100U);
}

TEST(TraceClock, IsTheKernelsOwnWhereTheCounterIsNotOffered) {
  EXPECT_EQ(trace_clock_of("[local] global counter uptime perf mono mono_raw boot tai"), "mono");
}

// Between two readings lie those of the clock that were taken between them.
TEST(TraceClock, AgreesWithTheClockItStandsFor) {
  const auto first = read_clocks();
  if (!first) GTEST_SKIP() << "this processor has no counter that a program can read";
  const std::uint64_t before_ns = now_ns();
  const auto middle = read_clocks();
  const std::uint64_t after_ns = now_ns();
  const auto last = read_clocks();
  const std::uint64_t reported_ns = monotonic_ns(middle->counter, *first, *last);
  // The readings' own error, two of some ten nanoseconds.
  EXPECT_GE(reported_ns + 1000, before_ns);
  EXPECT_LE(reported_ns, after_ns + 1000);
}

}  // namespace
}  // namespace ipcmark
