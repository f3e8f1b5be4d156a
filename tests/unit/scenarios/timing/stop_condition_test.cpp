#include "scenarios/timing/stop_condition.hpp"

#include <gtest/gtest.h>

namespace ipcmark {

namespace {

constexpr std::uint64_t begin_ns = 1'000;
constexpr std::uint64_t duration_ns = 5'000;
constexpr std::uint64_t end_ns = begin_ns + duration_ns;

TEST(TripEnd, IsWhenTheTimeIsUp) {
  const TripEnd end({}, begin_ns, duration_ns);
  EXPECT_FALSE(end.reached(end_ns - 1, 1'000'000));
  EXPECT_TRUE(end.reached(end_ns, min_trips));
}

TEST(TripEnd, WaitsForAMedianButNotForever) {
  const TripEnd end({}, begin_ns, duration_ns);
  EXPECT_FALSE(end.reached(end_ns, min_trips - 1));
  EXPECT_FALSE(end.reached(end_ns + longest_overtime_ns - 1, min_trips - 1));
  EXPECT_TRUE(end.reached(end_ns + longest_overtime_ns, 1));
}

TEST(TripEnd, LetsSparseTripsTakeTheirTime) {
  RunSpec spec;
  spec.options["gap_ns"] = 10'000'000;
  const TripEnd end(spec, begin_ns, duration_ns);
  EXPECT_FALSE(end.reached(end_ns + 10 * longest_overtime_ns, min_trips - 1));
  EXPECT_TRUE(end.reached(end_ns + 10 * longest_overtime_ns, min_trips));
}

TEST(TripEnd, IsACountWhereOneIsAsked) {
  RunSpec spec;
  spec.messages = 3;
  const TripEnd end(spec, begin_ns, duration_ns);
  EXPECT_FALSE(end.reached(UINT64_MAX, 2));
  EXPECT_TRUE(end.reached(begin_ns, 3));
}

}  // namespace

}  // namespace ipcmark
