#include "results/explain/paths.hpp"

#include <gtest/gtest.h>

#include "tests/unit/results/explain/small_capture.hpp"

namespace ipcmark {
namespace {

using namespace small;

// Of one segment a kind, named by the call it is in; `ns` each.
Chain chain_of_calls(const std::vector<std::uint64_t>& ns, std::int32_t first_call) {
  Chain chain;
  chain.complete = true;
  for (const std::uint64_t each : ns) {
    Segment segment;
    segment.kind.from = EventKind::enter;
    segment.kind.to = EventKind::leave;
    segment.kind.from_other = segment.kind.to_other = first_call++;
    segment.begin_ns = chain.end_ns;
    segment.end_ns = chain.end_ns += each;
    chain.segments.push_back(segment);
  }
  return chain;
}

TEST(Paths, AreGroupedByTheirSegmentsWithTheCommonestFirst) {
  const std::vector<Chain> chains = {chain_of_calls({10, 20}, 0), chain_of_calls({5}, 7),
                                     chain_of_calls({30, 40}, 0), chain_of_calls({50, 60}, 0)};
  const std::vector<Path> paths = paths_of(chains);
  ASSERT_EQ(paths.size(), 2U);
  EXPECT_EQ(paths[0].trips, 3U);
  EXPECT_DOUBLE_EQ(paths[0].share, 0.75);
  EXPECT_EQ(paths[0].segments.size(), 2U);
  EXPECT_EQ(paths[1].trips, 1U);
}

TEST(Paths, HaveTheMeansOfTheMiddleFifthSoThatTheyAddUp) {
  std::vector<Chain> chains;
  // Durations 100, 200, … 2500: the middle fifth is 1100 to 1500.
  for (std::uint64_t i = 1; i <= 25; ++i) chains.push_back(chain_of_calls({i * 40, i * 60}, 0));
  const std::vector<Path> paths = paths_of(chains);
  ASSERT_EQ(paths.size(), 1U);
  EXPECT_DOUBLE_EQ(paths[0].segments[0].traced_ns, 13 * 40);
  EXPECT_DOUBLE_EQ(paths[0].segments[1].traced_ns, 13 * 60);
  EXPECT_DOUBLE_EQ(paths[0].traced_ns, 1300);
}

TEST(Paths, LeaveOutTripsWhoseChainDidNotReachTheirBegin) {
  Chain broken = chain_of_calls({10}, 0);
  broken.complete = false;
  EXPECT_TRUE(paths_of({broken}).empty());
}

TEST(ScaleBack, TakesThePriceOfEachHitAndKeepsTheSum) {
  std::vector<Path> paths = paths_of({chain_of_calls({100, 1000, 2000}, 0)});
  scale_back(paths[0], 200);  // 3 hits: 600, of which the first segment has only 100
  EXPECT_DOUBLE_EQ(paths[0].segments[0].scaled_ns, 0);
  EXPECT_DOUBLE_EQ(paths[0].segments[1].scaled_ns, 750);
  EXPECT_DOUBLE_EQ(paths[0].segments[2].scaled_ns, 1750);
  EXPECT_DOUBLE_EQ(paths[0].scaled_ns, 2500);
}

TEST(ScaleBack, NeverGoesBelowNothing) {
  std::vector<Path> paths = paths_of({chain_of_calls({100, 100}, 0)});
  scale_back(paths[0], 1000);
  EXPECT_NEAR(paths[0].scaled_ns, 0, 1e-6);
  for (const SegmentCost& segment : paths[0].segments) EXPECT_GE(segment.scaled_ns, 0);
}

TEST(PriceOfAHit, IsTheDifferenceOverTheHitsAndNeverNegative) {
  EXPECT_DOUBLE_EQ(price_of_hit_ns(25'000, 22'000, 15), 200);
  EXPECT_DOUBLE_EQ(price_of_hit_ns(22'000, 25'000, 15), 0);
  EXPECT_DOUBLE_EQ(price_of_hit_ns(25'000, 22'000, 0), 0);
  EXPECT_DOUBLE_EQ(price_of_hit_ns(25'000, 0, 15), 0);
}

TEST(WorkCosts, AddUpToTheTrip) {
  const Timeline timeline(capture_of(sleeping_trips(10)));
  const std::vector<Chain> chains = chains_of(timeline);
  double sum = 0;
  for (const WorkCost& cost : work_costs(chains)) sum += cost.traced_ns;
  EXPECT_DOUBLE_EQ(sum, 20'000);
  double of_path = 0;
  for (const WorkCost& cost : work_costs(paths_of(chains)[0])) of_path += cost.traced_ns;
  EXPECT_DOUBLE_EQ(of_path, 20'000);
}

TEST(Path, CountsTheSystemCallsOnItsWay) {
  const std::vector<Path> paths = paths_of(chains_of(Timeline(capture_of(sleeping_trips(1)))));
  EXPECT_EQ(paths[0].all_calls(), 2U);  // A's write and B's; the reads were entered before
  EXPECT_EQ(paths[0].calls.at(write_call), 2U);
}

}  // namespace
}  // namespace ipcmark
