#include "scenarios/trace_log.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <vector>

namespace ipcmark {
namespace {

long minor_faults() {
  rusage used{};
  ::getrusage(RUSAGE_THREAD, &used);
  return used.ru_minflt;
}

TEST(TraceLog, TakesNoPageFaultWhileItNotes) {
  TraceLog log(max_traced_operations);
  const long before = minor_faults();
  for (std::size_t i = 0; i < max_traced_operations; ++i) log.note("send channel", 0, i, nullptr);
  // Its memory is more than a hundred pages. A sanitizer has some of its own.
  EXPECT_LT(minor_faults() - before, 20);
  EXPECT_EQ(log.take().events.size(), max_traced_operations);
}

TEST(TraceLog, KeepsTheFirstOperationsAndCountsTheOthers) {
  TraceLog log(3);
  for (std::uint64_t i = 1; i <= 5; ++i) log.note("send channel", 0, i, nullptr);
  const ProcessTrace trace = log.take();
  ASSERT_EQ(trace.events.size(), 3U);
  EXPECT_EQ(trace.events[2].start_ns, 3U);
  EXPECT_EQ(trace.dropped, 2U);
}

TEST(StampedTrips, StopForAsManyTripsAndGoOn) {
  TraceLog log(100);
  std::vector<int> due;
  {
    StampedTrips trips(&log, 3);
    for (int i = 0; i < 31; ++i) {
      if (trips.due()) due.push_back(i);
    }
  }
  EXPECT_EQ(due, (std::vector<int>{0, 3, 6, 9, 24, 27, 30}));
  const ProcessTrace trace = log.take();
  ASSERT_EQ(trace.events.size(), 2U);
  EXPECT_EQ(trace.events[0].name, "stretch 1");
  EXPECT_EQ(trace.events[1].name, "stretch 0");
  EXPECT_EQ(trace.events[1].start_ns, trace.events[0].start_ns + trace.events[0].duration_ns);
}

// Whichever trip of theirs the last ones begin with.
TEST(StampedTrips, AreAtLeastSoManyOfTheLast) {
  constexpr std::uint32_t every = 3;
  std::vector<bool> due;
  TraceLog log(1000);
  StampedTrips trips(&log, every);
  for (int i = 0; i < 500; ++i) due.push_back(trips.due());
  for (const std::uint64_t last : {30U, 47U, 300U}) {
    const std::uint64_t sure = StampedTrips::stamped_among(last, every);
    EXPECT_GE(sure, last / (2 * every) - 3);
    for (std::size_t end = last; end <= due.size(); ++end) {
      const auto begin = due.begin() + static_cast<std::ptrdiff_t>(end - last);
      const auto stamped = std::count(begin, begin + static_cast<std::ptrdiff_t>(last), true);
      EXPECT_LE(sure, static_cast<std::uint64_t>(stamped)) << last << " up to " << end;
    }
  }
  EXPECT_EQ(StampedTrips::stamped_among(5, 64), 1U);
}

TEST(StampedTrips, AreTheFirstAndThenEachSoManyth) {
  TraceLog log(100);
  std::vector<int> due;
  {
    StampedTrips trips(&log, 4);
    for (int i = 0; i < 9; ++i) {
      if (!trips.due()) continue;
      due.push_back(i);
      trips.sent("send channel", 7, 1);
    }
  }
  EXPECT_EQ(due, (std::vector<int>{0, 4, 8}));
  const ProcessTrace trace = log.take();
  ASSERT_EQ(trace.events.size(), 3U);
  EXPECT_EQ(trace.events[0].name, "send channel 7");
  EXPECT_EQ(trace.events[0].outcome, "ok");
}

TEST(StampedTrips, WriteWhatWasReceivedAfterTheNextSendAndTheLastAtTheEnd) {
  TraceLog log(100);
  {
    StampedTrips trips(&log, 1);
    trips.sent("send channel", 0, 1);
    trips.received("receive channel", 1, 2);
    ProcessTrace before = log.take();
    ASSERT_EQ(before.events.size(), 1U);
    EXPECT_EQ(before.events[0].name, "send channel 0");
    trips.sent("send channel", 0, 3);
    trips.received("receive channel", 1, 4);
  }
  const ProcessTrace trace = log.take();
  ASSERT_EQ(trace.events.size(), 3U);
  EXPECT_EQ(trace.events[0].name, "receive channel 1");
  EXPECT_EQ(trace.events[0].start_ns, 2U);
  EXPECT_EQ(trace.events[1].start_ns, 3U);
  EXPECT_EQ(trace.events[2].start_ns, 4U);  // none is left behind
}

TEST(StampedTrips, AreNoneWithoutALog) {
  StampedTrips trips(nullptr, 1);
  for (int i = 0; i < 1000; ++i) ASSERT_FALSE(trips.due());
}

}  // namespace
}  // namespace ipcmark
