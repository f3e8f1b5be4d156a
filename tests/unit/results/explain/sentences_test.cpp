#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/explain/explanation.hpp"
#include "tests/unit/results/explain/small_capture.hpp"

namespace ipcmark {
namespace {

using namespace small;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using K = EventKind;

Explanation explained(std::vector<Event> events) {
  CellObservations cell;
  cell.key = "latency/pipe/64B/block/cross-cpu";
  cell.seen = Seen::kernel;
  cell.plain_ns = {18'000, 16'800, 17'000};
  cell.traced_ns = {20'000, 20'100, 19'900};
  cell.core_to_core_ns = 500;
  cell.timelines.emplace_back(capture_of(std::move(events)));
  return explain(cell, 2);
}

TEST(Explanation, CountsItsTripsAndScalesThemBack) {
  const Explanation explanation = explained(sleeping_trips(20));
  EXPECT_EQ(explanation.trips, 20U);
  EXPECT_EQ(explanation.complete, 20U);
  EXPECT_EQ(explanation.cut, 0U);
  EXPECT_EQ(explanation.negative, 0U);
  EXPECT_DOUBLE_EQ(explanation.plain_ns, 17'000);
  EXPECT_DOUBLE_EQ(explanation.traced_ns, 20'000);
  EXPECT_DOUBLE_EQ(explanation.chains_ns, 20'000);
  EXPECT_DOUBLE_EQ(explanation.price_of_hit_ns, 3000.0 / 16);
  EXPECT_NEAR(explanation.paths.at(0).scaled_ns, 17'000, 1e-6);
  EXPECT_FALSE(explanation.is_estimate());
}

TEST(Sentences, NameTheInterruptToASleepingCpuAndWhatSpinningWouldSave) {
  const Explanation explanation = explained(sleeping_trips(20));
  EXPECT_THAT(explanation.sentences, Not(IsEmpty()));
  EXPECT_THAT(explanation.sentences[0],
              AllOf(HasSubstr("waking a sleeping CPU, twice"), HasSubstr("of 17.0 µs"),
                    HasSubstr("spin for up to 20.0 µs"), HasSubstr("keep both CPUs busy")));
}

// The same trip with every event a twentieth as far apart but where A makes getpid again and again.
TEST(Sentences, CountTheSystemCallsThatAreMadeMostOften) {
  std::vector<Event> events = sleeping_trips(1);
  for (int i = 0; i < 7; ++i) {
    const auto at = static_cast<std::uint64_t>(10'100 + i * 100);
    events.push_back({at, K::enter, 0, a, 39, 0});
    events.push_back({at + 50, K::leave, 0, a, 39, 0});
  }
  Capture capture = capture_of(events);
  capture.calls[39] = "getpid";
  CellObservations cell;
  cell.plain_ns = cell.traced_ns = {20'000};
  cell.timelines.emplace_back(std::move(capture));
  EXPECT_THAT(explain(cell, 0).sentences,
              Contains(HasSubstr("7 of 9 system calls on the way are getpid")));
}

TEST(Sentences, NameTheTaskThatRanInBetween) {
  std::vector<Event> events = sleeping_trips(4);
  for (std::size_t i = 0; i < 4; ++i) {
    const std::uint64_t at = 10'000 + i * 30'000;
    for (Event& event : events) {
      if (event.time_ns == at + 16'400 || event.time_ns == at + 17'000 ||
          event.time_ns == at + 17'100 || event.time_ns == at + 17'500) {
        event.thread = stranger;
      }
    }
  }
  const Explanation explanation = explained(events);
  EXPECT_THAT(explanation.disturbances, SizeIs(1));
  EXPECT_EQ(explanation.disturbances[0].by, DisturbedBy::other_task);
  EXPECT_DOUBLE_EQ(explanation.disturbances[0].share, 1);
  EXPECT_DOUBLE_EQ(explanation.disturbances[0].mean_ns, 400) << "not the interrupt's handler";
  EXPECT_THAT(explanation.sentences,
              Contains(AllOf(HasSubstr("another task ran (neighbour)"), HasSubstr("100.0 %"))));
}

TEST(Disturbances, AStretchWithoutAnyEventIsAStall) {
  std::vector<Event> events = sleeping_trips(9);
  // The last trip stands still for 40 us after B's receive.
  for (Event& event : events) {
    if (event.time_ns >= 10'000 + 8 * 30'000 + 9540) event.time_ns += 40'000;
  }
  const Explanation explanation = explained(events);
  ASSERT_THAT(explanation.disturbances, SizeIs(1));
  EXPECT_EQ(explanation.disturbances[0].by, DisturbedBy::stall);
  EXPECT_EQ(explanation.disturbances[0].trips, 1U);
  ASSERT_THAT(explanation.slowest, SizeIs(2));
  EXPECT_EQ(explanation.slowest[0].duration_ns, 60'000U);
  EXPECT_TRUE(explanation.slowest[0].parts.at(0).stall);
  EXPECT_THAT(explanation.slowest[0].parts[0].what, HasSubstr("between receive and send"));
  EXPECT_FALSE(explanation.slowest[1].parts.at(0).stall);
}

TEST(Sentences, OfSpinningEndsHoldTheFlightAgainstTheCacheLine) {
  std::vector<Event> events = {{0, K::receive_called, -1, b, 0, 0}};
  for (std::uint64_t at = 1000; at < 9000; at += 1000) {
    for (const Event& event :
         std::initializer_list<Event>{{at, K::send_called, -1, a, 0, 0},
                                      {at + 30, K::send_returned, -1, a, 0, 0},
                                      {at + 40, K::receive_called, -1, a, 0, 0},
                                      {at + 330, K::received, -1, b, 0, 0},
                                      {at + 370, K::send_called, -1, b, 0, 0},
                                      {at + 410, K::send_returned, -1, b, 0, 0},
                                      {at + 420, K::receive_called, -1, b, 0, 0},
                                      {at + 720, K::received, -1, a, 0, 0}}) {
      events.push_back(event);
    }
  }
  CellObservations cell;
  cell.blocks = false;
  cell.plain_ns = {700};
  cell.traced_ns = {720};
  cell.core_to_core_ns = 500;
  cell.timelines.emplace_back(capture_of(events));
  const Explanation explanation = explain(cell, 0);
  EXPECT_THAT(explanation.sentences,
              Contains(AllOf(HasSubstr("610 ns of 720 ns"), HasSubstr("1.22 times"))));
  EXPECT_THAT(explanation.sentences, Not(Contains(HasSubstr("system call"))));
}

TEST(Difference, NamesTheWorkWhoseTimeDiffersMost) {
  std::vector<Event> slow = sleeping_trips(5);
  for (std::size_t i = 0; i < 5; ++i) {
    for (Event& event : slow) {
      const std::uint64_t at = 10'000 + i * 30'000;
      if (event.time_ns > at + 9500 && event.time_ns < at + 30'000) event.time_ns += 5000;
    }
  }
  const Explanation a_cell = explained(sleeping_trips(5));
  const Explanation b_cell = explained(slow);
  EXPECT_THAT(difference_of(a_cell, b_cell), HasSubstr("user code"));
  EXPECT_EQ(difference_of(a_cell, a_cell), "");
}

}  // namespace
}  // namespace ipcmark
