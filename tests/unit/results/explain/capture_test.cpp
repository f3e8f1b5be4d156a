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
  return {trace_of(a, {{"barrier 1", 1, 1, "ok"},
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
  ASSERT_TRUE(add_stamps(traces(), {100}, capture));
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
  ASSERT_TRUE(add_stamps(traces(), {2}, capture));
  const Timeline timeline(capture);
  ASSERT_THAT(timeline.trips(), SizeIs(1));
  EXPECT_EQ(timeline.time_ns(timeline.trips()[0].begin), 33U);
  EXPECT_EQ(timeline.time_ns(timeline.trips()[0].end), 66U);
}

TEST(Stamps, LeaveTheWarmUpOut) {
  Capture capture;
  ASSERT_TRUE(add_stamps(traces(), {1}, capture));
  const Timeline timeline(capture);
  ASSERT_THAT(timeline.trips(), SizeIs(1));
  EXPECT_EQ(timeline.time_ns(timeline.trips()[0].begin), 40U);
}

// So many trips, each 64th of which is stamped, 100 ns apart; 50 ns long.
std::vector<ProcessTrace> stamped_traces(std::size_t stamped) {
  std::vector<TraceEvent> there, back;
  for (std::size_t i = 1; i <= stamped; ++i) {
    const std::uint64_t at = i * 100;
    there.push_back({"send channel 0", at, 10, "ok"});
    there.push_back({"receive channel 1", at + 20, 30, "ok"});
    back.push_back({"receive channel 0", at - 40, 60, "ok"});
    back.push_back({"send channel 1", at + 25, 10, "ok"});
  }
  return {trace_of(a, there), trace_of(b, back)};
}

TEST(Stamps, OfFewTripsAreCountedByThemAndNotByAllTrips) {
  Capture capture;
  ASSERT_TRUE(add_stamps(stamped_traces(5), {2}, capture));
  const Timeline timeline(capture);
  ASSERT_THAT(timeline.trips(), SizeIs(2)) << "the other three are of the warm-up";
  EXPECT_EQ(timeline.time_ns(timeline.trips()[0].begin), 400U);
}

TEST(Stamps, TellByStretchesWithAndWithoutThemWhatTheyCost) {
  std::vector<ProcessTrace> all = stamped_traces(5);
  const auto add = [&all](const char* name, std::uint64_t start_ns, std::uint64_t ns) {
    all[0].events.push_back({name, start_ns, ns, "ok"});
  };
  add("stretch 1", 100, 9000);  // of the warm-up
  add("stretch 0", 200, 100);
  add("stretch 1", 400, 102);
  add("stretch 0", 502, 100);
  add("stretch 1", 602, 101);
  add("stretch 0", 703, 100);
  add("stretch 1", 803, 500);  // something came between
  add("stretch 0", 1303, 100);
  add("stretch 1", 1403, 100);  // none follows
  Capture capture;
  ASSERT_TRUE(add_stamps(all, {2}, capture));
  EXPECT_DOUBLE_EQ(ratio_of_stretches(all, capture), 1.02);
  EXPECT_EQ(ratio_of_stretches(stamped_traces(5), capture), 0);
}

TEST(Stamps, OfAMessageThatIsPutTogetherBeforeTheTripBeginWithPublish) {
  Capture capture;
  ASSERT_TRUE(add_stamps(traces(), {1, true}, capture));
  const Timeline timeline(capture);
  EXPECT_EQ(timeline.time_ns(timeline.trips().at(0).begin), 43U);
}

TEST(Stamps, OfALoanSayThatTheMessageIsWrittenInBetween) {
  Capture capture;
  ASSERT_TRUE(add_stamps(traces(), {100}, capture));
  capture.threads[a] = {a, "ipcmark"};
  capture.threads[b] = {b, "ipcmark"};
  const Timeline timeline(capture);
  SegmentKind kind;
  kind.from = EventKind::send_called;
  kind.to = EventKind::send_returned;
  kind.owner = timeline.actor(a);
  for (const Trip& trip : timeline.trips()) {
    kind.from_other = timeline.at(trip.there.send_called).other;
    const bool loaned = timeline.time_ns(trip.begin) == 40;
    EXPECT_EQ(label({}, kind), loaned ? "A: loan, the message written, publish" : "A: in send");
  }
}

TEST(Stamps, AreKeptOfTripsThatTheCaptureIsWholeFor) {
  Capture capture;
  // The buffer of CPU 1 was full 20 ns into the third trip.
  capture.events = {{310, EventKind::enter, 0, a, 0, 0},
                    {320, EventKind::enter, 1, b, 0, 0},
                    {410, EventKind::enter, 0, a, 0, 0}};
  end_where_lost(capture, {{1, 7}});
  EXPECT_EQ(capture.whole_until_ns, 320U);
  ASSERT_TRUE(add_stamps(stamped_traces(5), {5}, capture));
  trim_to_stamps(capture);
  EXPECT_EQ(capture.lost, 7U);
  EXPECT_THAT(Timeline(capture).trips(), SizeIs(2)) << "the others only look complete";

  Capture overwritten;
  overwritten.lost = 3;
  overwritten.whole_from_ns = 250;
  ASSERT_TRUE(add_stamps(stamped_traces(5), {5}, overwritten));
  EXPECT_THAT(Timeline(overwritten).trips(), SizeIs(3));
  EXPECT_EQ(overwritten.lost, 3U);

  Capture none;
  end_where_lost(none, {{0, 1}});
  EXPECT_FALSE(add_stamps(stamped_traces(5), {5}, none));
  EXPECT_EQ(none.lost, 1U);
}

TEST(Stamps, WhatWasLostBeforeTheTripsAndAfterThemIsNoLoss) {
  Capture capture;
  capture.events = {{650, EventKind::enter, 1, b, 0, 0}};
  end_where_lost(capture, {{1, 7}});
  capture.whole_from_ns = 300;
  ASSERT_TRUE(add_stamps(stamped_traces(5), {3}, capture));
  EXPECT_EQ(capture.lost, 0U);
  EXPECT_THAT(Timeline(capture).trips(), SizeIs(3));
}

TEST(Stamps, AreNoneOfAnotherScenariosTraces) {
  Capture capture;
  EXPECT_FALSE(add_stamps({}, {10}, capture));
  EXPECT_FALSE(add_stamps({trace_of(a, {}), trace_of(b, {})}, {10}, capture));
}

// Events of the kernel outside of it would make chains that only look whole.
TEST(Stamps, WhatTheCaptureIsNotWholeForIsLeftOut) {
  Capture capture;
  capture.events = {{200, EventKind::enter, 0, a, 0, 0},
                    {220, EventKind::leave, 0, a, 0, 0},
                    {250, EventKind::send_called, -1, a, 0, 0},
                    {260, EventKind::received, -1, a, 0, 0}};
  capture.whole_from_ns = 210;
  trim_to_stamps(capture);
  ASSERT_THAT(capture.events, SizeIs(3));
  EXPECT_EQ(capture.events.front().time_ns, 220U);
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
