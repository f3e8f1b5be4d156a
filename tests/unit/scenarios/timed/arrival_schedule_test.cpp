#include "scenarios/timed/arrival_schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tools/session/session.hpp"

namespace ipcmark {
namespace {

std::vector<std::uint64_t> arrivals(std::uint64_t seed, bool poisson = true) {
  ArrivalSchedule schedule(10'000, poisson, seed, 5'000);
  std::vector<std::uint64_t> due(1000);
  for (std::uint64_t& each : due) each = schedule.next();
  return due;
}

TEST(ArrivalSchedule, DiffersByRunRoundAndCell) {
  std::set<std::vector<std::uint64_t>> seen;
  for (const std::uint64_t run : {7U, 8U}) {
    for (std::uint32_t round = 0; round < 3; ++round) {
      for (const std::string cell : {"load/pipe/64B", "load/pipe/64B/rate=2000"}) {
        EXPECT_TRUE(seen.insert(arrivals(trial_seed(run, round, cell))).second) << run << round;
        EXPECT_EQ(arrivals(trial_seed(run, round, cell)), arrivals(trial_seed(run, round, cell)));
      }
    }
  }
}

TEST(ArrivalSchedule, HasTheRateThatWasAskedFor) {
  const auto even = arrivals(1, false);
  for (std::size_t i = 0; i < even.size(); ++i) EXPECT_EQ(even[i], 5'000 + i * 100'000);
  const auto random = arrivals(1);
  EXPECT_TRUE(std::is_sorted(random.begin(), random.end()));
  // 1000 gaps: a standard deviation of 3 %.
  EXPECT_NEAR(static_cast<double>(random.back() - random.front()), 1e8, 2e7);
}

}  // namespace
}  // namespace ipcmark
