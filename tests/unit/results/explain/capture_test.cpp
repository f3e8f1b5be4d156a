#include "results/explain/capture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/explain/stamps.hpp"
#include "tests/unit/results/explain/small_capture.hpp"

namespace ipcmark {
namespace {

using namespace small;
using ::testing::SizeIs;

TEST(Capture, IsReadAsItWasWritten) {
  Capture capture = capture_of(sleeping_trips(2));
  capture.lost = 3;
  capture.back_to_back = true;
  capture.threads[99].name = "a name/with: spaces";
  Capture again;
  std::string wrong;
  ASSERT_TRUE(capture_from_text(to_text(capture), again, wrong)) << wrong;
  EXPECT_EQ(again.events, capture.events);
  EXPECT_EQ(again.threads, capture.threads);
  EXPECT_EQ(again.calls, capture.calls);
  EXPECT_EQ(again.lost, 3U);
  EXPECT_EQ(again.initiator, a);
  EXPECT_EQ(again.echo, b);
  EXPECT_TRUE(again.has_kernel_events);
  EXPECT_TRUE(again.back_to_back);
}

TEST(Capture, RefusesWhatIsNone) {
  for (const char* text : {"", "ipcmark capture 2\n", "ipcmark capture 1\n5 0 1 sneeze\n",
                           "ipcmark capture 1\n5 0\n", "ipcmark capture 1\nx 0 1 enter\n",
                           "ipcmark capture 1\n5x 0 1 enter\n", "ipcmark capture 1\nlost many\n"}) {
    Capture capture;
    std::string wrong;
    EXPECT_FALSE(capture_from_text(text, capture, wrong)) << text;
  }
}

ProcessTrace trace_of(std::int32_t pid, std::vector<TraceEvent> events) {
  ProcessTrace trace;
  trace.pid = pid;
  trace.events = std::move(events);
  return trace;
}

std::vector<ProcessTrace> traces() {
  return {trace_of(a, {{"start line 1", 1, 1, "ok"},
                       {"send channel 0", 10, 2, "ok"},
                       {"receive channel 1", 13, 20, "ok"},
                       {"loan channel 0", 40, 2, "ok"},
                       {"publish channel 0", 43, 2, "ok"},
                       {"borrow channel 1", 46, 20, "ok"},
                       {"close channel 0", 70, 1, "ok"},
                       {"receive channel 1", 72, 1, "closed"}}),
          trace_of(b, {{"receive channel 0", 5, 15, "ok"},
                       {"send channel 1", 22, 2, "ok"},
                       {"receive channel 0", 25, 26, "ok"},
                       {"send channel 1", 52, 2, "ok"},
                       {"receive channel 0", 55, 16, "closed"}})};
}

TEST(Stamps, AreTakenOfSendsAndReceivesThatWorked) {
  Capture capture;
  ASSERT_TRUE(add_stamps(traces(), 100, capture));
  EXPECT_THAT(capture.events, SizeIs(16));
  const Timeline timeline(capture);
  ASSERT_THAT(timeline.trips(), SizeIs(2));
  const Trip& loaned = timeline.trips()[1];
  EXPECT_EQ(timeline.time_ns(loaned.begin), 40U);
  EXPECT_EQ(timeline.time_ns(loaned.there.send_returned), 45U);
  EXPECT_EQ(timeline.time_ns(loaned.end), 66U);
}

TEST(Stamps, OfTripsThatAreBackToBackHaveOneTripLess) {
  Capture capture;
  capture.back_to_back = true;
  ASSERT_TRUE(add_stamps(traces(), 2, capture));
  const Timeline timeline(capture);
  ASSERT_THAT(timeline.trips(), SizeIs(1));
  EXPECT_EQ(timeline.time_ns(timeline.trips()[0].begin), 33U);
  EXPECT_EQ(timeline.time_ns(timeline.trips()[0].end), 66U);
}

TEST(Stamps, LeaveTheWarmUpOut) {
  Capture capture;
  ASSERT_TRUE(add_stamps(traces(), 1, capture));
  const Timeline timeline(capture);
  ASSERT_THAT(timeline.trips(), SizeIs(1));
  EXPECT_EQ(timeline.time_ns(timeline.trips()[0].begin), 40U);
}

TEST(Stamps, AreNoneOfAnotherScenariosTraces) {
  Capture capture;
  EXPECT_FALSE(add_stamps({}, 10, capture));
  EXPECT_FALSE(add_stamps({trace_of(a, {}), trace_of(b, {})}, 10, capture));
}

TEST(Stamps, BoundWhatIsKeptOfTheKernelsEvents) {
  Capture capture;
  capture.events = {{100, EventKind::enter, 0, a, 0, 0},
                    {200'000, EventKind::enter, 0, a, 0, 0},
                    {250'000, EventKind::send_called, -1, a, 0, 0},
                    {260'000, EventKind::received, -1, a, 0, 0},
                    {260'001, EventKind::leave, 0, a, 0, 0}};
  trim_to_stamps(capture);
  ASSERT_THAT(capture.events, SizeIs(3));
  EXPECT_EQ(capture.events.front().time_ns, 200'000U);
}

}  // namespace
}  // namespace ipcmark
