#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/results/explain/small_capture.hpp"

namespace ipcmark {
namespace {

using namespace small;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using K = EventKind;

TEST(Chain, GoesThroughTheWakingAndTheInterruptOfASleepingReceiver) {
  const Timeline timeline(capture_of(sleeping_trips(2)));
  ASSERT_EQ(timeline.trips().size(), 2U);
  for (const Chain& chain : chains_of(timeline)) {
    EXPECT_TRUE(chain.complete);
    EXPECT_FALSE(chain.cut);
    EXPECT_EQ(chain.inferred, 0U);
    EXPECT_TRUE(is_gapless(chain));
    EXPECT_EQ(sum_of(chain), 20'000U);
    EXPECT_THAT(
        labels_of(timeline, chain),
        ElementsAre(
            "A: user code, and into write", "A: in write, until it wakes B",
            "waking B: choose a CPU, queue it, send the interrupt",
            "interrupt on its way to the other CPU", "interrupt handler, until B is runnable",
            "interrupt handler, its end", "switch to B", "B: switched in, rest of read",
            "B: return from read to user code", "B: user code between receive and send",
            "B: user code, and into write", "B: in write, until it wakes A",
            "waking A: choose a CPU, queue it, send the interrupt",
            "interrupt on its way to the other CPU", "interrupt handler, until A is runnable",
            "interrupt handler, its end", "switch to A", "A: switched in, rest of read",
            "A: return from read to user code"));
    EXPECT_EQ(chain.segments[3].duration_ns(), 4800U);
    EXPECT_EQ(chain.hits(), 16U);
  }
}

TEST(Chain, InfersASwitchThatWasNotRecordedAndCountsIt) {
  const Timeline timeline(capture_of(without(sleeping_trips(1), K::switched, b)));
  const Chain chain = chain_of(timeline, timeline.trips().front());
  EXPECT_TRUE(chain.complete);
  EXPECT_FALSE(chain.cut);
  EXPECT_EQ(chain.inferred, 1U);
  EXPECT_TRUE(is_gapless(chain));
  EXPECT_THAT(labels_of(timeline, chain),
              Contains("leave idle, switch to B, rest of read (switch not recorded)"));
}

TEST(Chain, FollowsAMessageThatIsTakenWithoutSleeping) {
  const Timeline timeline(capture_of({{0, K::receive_called, -1, b, 0, 0},
                                      {1000, K::send_called, -1, a, 0, 0},
                                      {1030, K::send_returned, -1, a, 0, 0},
                                      {1040, K::receive_called, -1, a, 0, 0},
                                      {1300, K::received, -1, b, 0, 0},
                                      {1340, K::send_called, -1, b, 0, 0},
                                      {1380, K::send_returned, -1, b, 0, 0},
                                      {1390, K::receive_called, -1, b, 0, 0},
                                      {1700, K::received, -1, a, 0, 0}}));
  const Chain chain = chain_of(timeline, timeline.trips().at(0));
  EXPECT_TRUE(chain.complete);
  EXPECT_FALSE(chain.cut);
  EXPECT_TRUE(is_gapless(chain));
  EXPECT_THAT(labels_of(timeline, chain), ElementsAre("A: in send", "message on its way to B",
                                                      "B: user code between receive and send",
                                                      "B: in send", "message on its way to A"));
  EXPECT_EQ(chain.hits(), 0U);
}

TEST(Chain, ShowsATaskThatRanOnTheReceiversCpu) {
  std::vector<Event> events = sleeping_trips(1);
  // The interrupt finds the CPU busy, and the neighbour gives way two microseconds later.
  for (Event& event : events) {
    if (event.time_ns == 10'000 + 8000) event.thread = stranger;
  }
  events.push_back({10'000 + 7650, K::switched, 1, idle_task, stranger, 0});
  const Timeline timeline(capture_of(events));
  const Chain chain = chain_of(timeline, timeline.trips().front());
  EXPECT_TRUE(is_gapless(chain));
  const auto foreign = std::find_if(
      chain.segments.begin(), chain.segments.end(),
      [](const Segment& segment) { return work_of(segment.kind) == Work::other_task; });
  ASSERT_NE(foreign, chain.segments.end());
  EXPECT_EQ(foreign->duration_ns(), 350U);
  EXPECT_EQ(timeline.name(foreign->task), "neighbour");
}

TEST(Chain, GoesOnThroughAThreadThatPassesTheMessageOn) {
  std::vector<Event> events = sleeping_trips(1);
  const std::uint64_t at = 10'000;
  for (Event& event : events) {
    if (event.kind == K::waking && event.other == b) event.other = helper;
    if (event.kind == K::runnable && event.other == b) event.other = helper;
    if (event.time_ns == at + 8000) event.other = helper;
  }
  events.push_back({at + 8100, K::waking, 1, helper, b, 1});
  events.push_back({at + 8300, K::switched, 1, helper, b, 1});
  const Timeline timeline(capture_of(events));
  const Chain chain = chain_of(timeline, timeline.trips().front());
  EXPECT_TRUE(chain.complete);
  EXPECT_FALSE(chain.cut);
  EXPECT_TRUE(is_gapless(chain));
  EXPECT_THAT(labels_of(timeline, chain), Contains(HasSubstr("B's worker/0: switched in")));
}

// A's second message lies ready before B has come back from sending its first answer.
// B's CPU wakes it itself, in an interrupt that A sends or nobody does.
Capture woken_in_interrupt(std::int32_t interrupt, std::int32_t sent_to) {
  std::vector<Event> events = sleeping_trips(2);
  std::erase_if(events,
                [](const Event& event) { return event.kind == K::waking && event.cpu == 0; });
  for (Event& event : events) {
    if (event.cpu == 1 && event.kind == K::interrupt_in) event.other = interrupt;
    if (event.cpu == 0 && event.kind == K::ipi) event.other = sent_to;
  }
  for (const std::uint64_t begin : {10'000, 40'000}) {
    events.push_back({begin + 7300, K::waking, 1, idle_task, b, 1});
  }
  return capture_of(std::move(events));
}

TEST(Chain, GoesThroughTheInterruptInWhichAnIdleCpuWakesTheReceiver) {
  for (const std::int32_t sent_to : {1, -1}) {
    const Timeline timeline(woken_in_interrupt(call_function, sent_to));
    const Chain chain = chains_of(timeline).at(1);
    EXPECT_TRUE(chain.complete);
    EXPECT_FALSE(chain.cut);
    EXPECT_TRUE(is_gapless(chain));
    EXPECT_THAT(labels_of(timeline, chain),
                AllOf(Contains("A: in write, until an interrupt is sent"),
                      Contains("interrupt on its way to the other CPU"),
                      Contains("interrupt handler, until a waking")));
  }
}

TEST(Chain, IsCutWhereNothingTellsWhyAnIdleCpuWokeTheReceiver) {
  EXPECT_TRUE(chains_of(Timeline(woken_in_interrupt(timer, 1))).at(1).cut) << "nobody sent that";
  const Timeline unseen(coarse(woken_in_interrupt(call_function, 1)));
  EXPECT_TRUE(chains_of(unseen).at(1).cut) << "no interrupt was recorded";
}

TEST(Chain, CutsAtWhatWasUnderWayBeforeTheTrip) {
  const Timeline timeline(capture_of({{0, K::receive_called, -1, b, 0, 0},
                                      {1000, K::send_called, -1, a, 0, 0},
                                      {1030, K::send_returned, -1, a, 0, 0},
                                      {1040, K::receive_called, -1, a, 0, 0},
                                      {1300, K::received, -1, b, 0, 0},
                                      {1340, K::send_called, -1, b, 0, 0},
                                      {1700, K::received, -1, a, 0, 0},
                                      {1710, K::send_called, -1, a, 0, 0},
                                      {1740, K::send_returned, -1, a, 0, 0},
                                      {1750, K::receive_called, -1, a, 0, 0},
                                      {2000, K::send_returned, -1, b, 0, 0},
                                      {2010, K::receive_called, -1, b, 0, 0},
                                      {2030, K::received, -1, b, 0, 0},
                                      {2040, K::send_called, -1, b, 0, 0},
                                      {2070, K::send_returned, -1, b, 0, 0},
                                      {2300, K::received, -1, a, 0, 0}}));
  ASSERT_EQ(timeline.trips().size(), 2U);
  const Chain chain = chain_of(timeline, timeline.trips()[1]);
  EXPECT_TRUE(chain.complete);
  EXPECT_TRUE(chain.cut);
  EXPECT_TRUE(is_gapless(chain));
  EXPECT_TRUE(chain.segments.front().kind.before);
  EXPECT_EQ(chain.segments.front().duration_ns(), 290U) << "until B came back";
  EXPECT_THAT(labels_of(timeline, chain), Contains("under way before the trip (B)"));
}

// B was preempted after its answer, and gets its CPU back only after A has sent again: the
// neighbour is what the trip waited for.
TEST(Chain, OfAReceiverWhoseCpuAnotherTaskHasKeptSinceBeforeTheTripIsNotCut) {
  std::vector<Event> events = sleeping_trips(2);
  const std::uint64_t second = 40'000;
  std::erase_if(events, [](const Event& event) {
    return event.time_ns > 10'000 + 13'100 && event.time_ns < second + 9500 &&
           (event.cpu == 1 || event.kind == K::waking || event.kind == K::ipi ||
            (event.thread == b && is_stamp(event.kind)));
  });
  events.push_back({10'000 + 12'700, K::switched, 1, b, stranger, 0});
  std::erase_if(events, [](const Event& event) {
    return event.thread == b && is_stamp(event.kind) && event.time_ns > 10'000 + 12'700 &&
           event.time_ns < second;
  });
  events.push_back({second + 5000, K::switched, 1, stranger, b, 0});
  events.push_back({second + 5800, K::send_returned, -1, b, 0, 0});
  events.push_back({second + 5900, K::receive_called, -1, b, 0, 0});
  const Timeline timeline(capture_of(events));
  ASSERT_EQ(timeline.trips().size(), 2U);
  const Chain chain = chain_of(timeline, timeline.trips()[1]);
  EXPECT_TRUE(chain.complete);
  EXPECT_FALSE(chain.cut);
  EXPECT_TRUE(is_gapless(chain));
  EXPECT_EQ(work_of(chain.segments.front().kind), Work::other_task);
  EXPECT_EQ(chain.segments.front().duration_ns(), 5000U);
  EXPECT_EQ(timeline.name(chain.segments.front().task), "neighbour");
}

// Both on one CPU: A preempts B on its way out of write, sends again, and sleeps; B goes on, and
// finds the message without having slept.
TEST(Chain, OfAReceiverThatWasPreemptedBeforeTheTripIsNotCut) {
  const Timeline timeline(
      capture_of({{0, K::receive_called, -1, b, 0, 0},    {100, K::send_called, -1, a, 0, 0},
                  {110, K::enter, 0, a, write_call, 0},   {120, K::leave, 0, a, write_call, 0},
                  {130, K::send_returned, -1, a, 0, 0},   {140, K::receive_called, -1, a, 0, 0},
                  {150, K::enter, 0, a, read_call, 0},    {160, K::switched, 0, a, b, 1},
                  {200, K::received, -1, b, 0, 0},        {210, K::send_called, -1, b, 0, 0},
                  {220, K::enter, 0, b, write_call, 0},   {230, K::waking, 0, b, a, 0},
                  {240, K::switched, 0, b, a, 0},         {250, K::leave, 0, a, read_call, 0},
                  {260, K::received, -1, a, 0, 0},        {1000, K::send_called, -1, a, 0, 0},
                  {1010, K::enter, 0, a, write_call, 0},  {1020, K::leave, 0, a, write_call, 0},
                  {1030, K::send_returned, -1, a, 0, 0},  {1040, K::receive_called, -1, a, 0, 0},
                  {1050, K::enter, 0, a, read_call, 0},   {1060, K::switched, 0, a, b, 1},
                  {1070, K::leave, 0, b, write_call, 0},  {1080, K::send_returned, -1, b, 0, 0},
                  {1090, K::receive_called, -1, b, 0, 0}, {1100, K::received, -1, b, 0, 0},
                  {1110, K::send_called, -1, b, 0, 0},    {1120, K::waking, 0, b, a, 0},
                  {1130, K::switched, 0, b, a, 0},        {1140, K::received, -1, a, 0, 0},
                  {1200, K::send_returned, -1, b, 0, 0}}));
  ASSERT_EQ(timeline.trips().size(), 2U);
  const Chain chain = chain_of(timeline, timeline.trips()[1]);
  EXPECT_TRUE(chain.complete);
  EXPECT_FALSE(chain.cut);
  EXPECT_TRUE(is_gapless(chain));
  EXPECT_EQ(labels_of(timeline, chain).front(), "A: user code, and into write");
  EXPECT_EQ(chain.segments.size(), 14U);
}

TEST(Chain, OfATripWithoutAnythingButStampsStillAddsUp) {
  std::vector<Event> events = sleeping_trips(3);
  std::erase_if(events, [](const Event& event) { return !is_stamp(event.kind); });
  const Timeline timeline(capture_of(events));
  ASSERT_EQ(timeline.trips().size(), 3U);
  for (const Chain& chain : chains_of(timeline)) {
    EXPECT_TRUE(chain.complete);
    EXPECT_FALSE(chain.cut);
    EXPECT_TRUE(is_gapless(chain));
    EXPECT_EQ(chain.segments.size(), 5U);
  }
}

TEST(Chain, OfSwitchRecordsAloneWaitsUntilTheReceiverIsSwitchedIn) {
  std::vector<Event> events = sleeping_trips(1);
  std::erase_if(events, [](const Event& event) {
    return !is_stamp(event.kind) && event.kind != K::switched;
  });
  for (Event& event : events) {
    if (event.kind != K::switched) continue;
    if (event.thread == idle_task) event.thread = -1;
    if (event.other == idle_task) event.other = -1;
  }
  const Timeline timeline(capture_of(events));
  const Chain chain = chain_of(timeline, timeline.trips().front());
  EXPECT_TRUE(chain.complete);
  EXPECT_FALSE(chain.cut);
  EXPECT_TRUE(is_gapless(chain));
  EXPECT_THAT(
      labels_of(timeline, chain),
      ElementsAre("A: in send", "message on its way to B", "B: switched in, until receive returns",
                  "B: user code between receive and send", "B: in send", "message on its way to A",
                  "A: switched in, until receive returns"));
}

TEST(Timeline, PairsMessagesAndLeavesOutWhatIsNotWhole) {
  std::vector<Event> events = sleeping_trips(2);
  events.push_back({99'000, K::send_called, -1, a, 0, 0});
  const Timeline timeline(capture_of(events));
  ASSERT_EQ(timeline.trips().size(), 2U);
  EXPECT_EQ(timeline.time_ns(timeline.trips()[1].begin), 40'000U);
  EXPECT_EQ(timeline.time_ns(timeline.trips()[1].there.received), 49'500U);
}

// As the cell's own clock has it: what the initiator does between two trips is the second one's.
TEST(Timeline, BeginsATripWhereTheOneBeforeEndedWhenTheyAreBackToBack) {
  Capture capture = capture_of(sleeping_trips(3));
  capture.back_to_back = true;
  const Timeline timeline(capture);
  ASSERT_EQ(timeline.trips().size(), 2U) << "where the first began is not known";
  EXPECT_EQ(timeline.time_ns(timeline.trips()[0].begin), 30'000U);
  EXPECT_EQ(timeline.time_ns(timeline.trips()[1].begin), 60'000U);
  for (const Chain& chain : chains_of(timeline)) {
    EXPECT_TRUE(chain.complete);
    EXPECT_FALSE(chain.cut);
    EXPECT_TRUE(is_gapless(chain));
    EXPECT_EQ(chain.duration_ns(), 30'000U);
    EXPECT_EQ(labels_of(timeline, chain).front(), "A: user code between receive and send");
  }
}

TEST(Timeline, NamesThreadsByTheirPart) {
  const Timeline timeline(capture_of(sleeping_trips(1)));
  EXPECT_EQ(timeline.name(a), "A");
  EXPECT_EQ(timeline.name(b), "B");
  EXPECT_EQ(timeline.name(helper), "B's worker/0");
  EXPECT_EQ(timeline.name(stranger), "neighbour");
  EXPECT_EQ(timeline.name(idle_task), "idle");
}

}  // namespace
}  // namespace ipcmark
