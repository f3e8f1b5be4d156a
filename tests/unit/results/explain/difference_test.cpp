// What changed from one explanation to another: the planted change is the one that is named.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/explain/explained.hpp"
#include "tests/unit/results/explain/small_capture.hpp"

namespace ipcmark {
namespace {

using namespace small;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using K = EventKind;

constexpr std::size_t trips = 5;

ExplainedCell cell_of(std::vector<Event> events, double probe_ns = 0) {
  CellObservations cell;
  cell.key = "latency/pipe/64B/block/cross-cpu";
  cell.seen = Seen::kernel;
  Capture capture = capture_of(std::move(events));
  capture.calls[39] = "getpid";
  cell.rounds = {round_of(20'000, 20'000 + 16 * probe_ns, std::move(capture))};
  return explained(explain(cell, 0));
}

// All that happens later than `after_ns` in each trip happens `by_ns` later.
std::vector<Event> delayed(std::uint64_t after_ns, std::uint64_t by_ns) {
  std::vector<Event> events = sleeping_trips(trips);
  for (Event& event : events) {
    if (event.time_ns < 10'000) continue;
    if ((event.time_ns - 10'000) % 30'000 > after_ns) event.time_ns += by_ns;
  }
  return events;
}

// Each trip with one event more, so many ns after its begin.
std::vector<Event> with(std::uint64_t at_ns, Event event) {
  std::vector<Event> events = sleeping_trips(trips);
  for (std::size_t i = 0; i < trips; ++i) {
    event.time_ns = 10'000 + i * 30'000 + at_ns;
    events.push_back(event);
  }
  return events;
}

TEST(TripDifference, IsNoneBetweenTheSame) {
  const TripDifference none =
      difference_between(cell_of(sleeping_trips(trips)), cell_of(sleeping_trips(trips)));
  EXPECT_EQ(none.work, "");
  EXPECT_THAT(none.counts, IsEmpty());
  EXPECT_THAT(to_sentence(none), HasSubstr("no kind of work differs"));
}

TEST(TripDifference, NamesTheKindOfWorkAndTheSegmentThatChangedMost) {
  const TripDifference found =
      difference_between(cell_of(sleeping_trips(trips)), cell_of(delayed(9500, 5000)));
  EXPECT_EQ(found.work, "user");
  EXPECT_DOUBLE_EQ(found.to_ns - found.from_ns, 5000);
  EXPECT_EQ(found.segment, "B: user code between receive and send");
  EXPECT_THAT(to_sentence(found),
              AllOf(HasSubstr("'user code, and into and out of system calls'"),
                    HasSubstr("'B: user code between receive and send': 40.0 ns against 5.04 µs")));
}

TEST(TripDifference, NamesWorkWithinSystemCalls) {
  EXPECT_EQ(difference_between(cell_of(sleeping_trips(trips)), cell_of(delayed(800, 6000))).work,
            "call");
}

// What makes copying out of the kernel longer lies after the switch.
TEST(TripDifference, CountsTheRestOfACallAsTheCalls) {
  EXPECT_EQ(difference_between(cell_of(sleeping_trips(trips)), cell_of(delayed(17'500, 6000))).work,
            "call");
}

TEST(TripDifference, IsNotMisledByWhatProbesCost) {
  const TripDifference none =
      difference_between(cell_of(sleeping_trips(trips), 10), cell_of(sleeping_trips(trips), 300));
  EXPECT_EQ(none.work, "");
}

// The price of the kernel's events is not that of stamps.
TEST(TripDifference, TakesStampsAwayAtTheirOwnPrice) {
  const ExplainedCell sleeping = cell_of(sleeping_trips(trips), 200);
  ExplainedCell spinning;
  spinning.probes_are_stamps = true;
  spinning.probe_ns = 20;
  spinning.work = {{"flight", 5, 5, 500, 400}};
  const TripDifference found = difference_between(sleeping, spinning);
  EXPECT_DOUBLE_EQ(found.trip_to_ns, 400);
  EXPECT_NEAR(found.trip_from_ns, 20'000 - 16 * 200, 1) << "not by half of that price";
}

TEST(TripDifference, NamesATaskThatKeptTheCpu) {
  std::vector<Event> events = delayed(2200, 8000);
  for (Event& event : events) {
    const bool arrives = event.kind == K::interrupt_in && event.cpu == 1;
    if (arrives) event.thread = stranger;
  }
  const TripDifference found = difference_between(cell_of(sleeping_trips(trips)), cell_of(events));
  EXPECT_EQ(found.work, "other_task");
  EXPECT_EQ(found.segment, "another task ran: interrupt on its way to its CPU");
}

// A neighbour takes its time, and the CPU that it keeps busy need not be woken.
TEST(TripDifference, NamesWhatChangedMostInTheOtherDirection) {
  ExplainedCell alone;
  alone.work = {{"interrupt", 1, 0, 26'000, 26'000}, {"user", 1, 0, 4'000, 4'000}};
  ExplainedCell beside = alone;
  beside.work = {{"interrupt", 1, 0, 5'000, 5'000},
                 {"user", 1, 0, 4'500, 4'500},
                 {"other_task", 1, 0, 12'000, 12'000}};
  const TripDifference difference = difference_between(alone, beside);
  EXPECT_EQ(difference.work, "interrupt");
  EXPECT_EQ(difference.opposite, "other_task");
  EXPECT_DOUBLE_EQ(difference.opposite_to_ns, 12'000);
  EXPECT_THAT(to_sentence(difference),
              HasSubstr("; the largest the other way: 'another task ran', 0 ns against 12.0 µs"));
  beside.work.pop_back();
  EXPECT_EQ(difference_between(alone, beside).opposite, "") << "half a µs of 30 is no change";
}

TEST(TripDifference, CountsASystemCallMore) {
  std::vector<Event> events = with(100, {0, K::enter, 0, a, 39, 0});
  const std::vector<Event> left = with(300, {0, K::leave, 0, a, 39, 0});
  events.insert(events.end(), left.end() - trips, left.end());
  const TripDifference found = difference_between(cell_of(sleeping_trips(trips)), cell_of(events));
  EXPECT_THAT(found.counts,
              ElementsAre(AllOf(Field(&CountChange::what, "getpid"), Field(&CountChange::from, 0.0),
                                Field(&CountChange::to, 1.0))));
  EXPECT_THAT(to_sentence(found), HasSubstr("by count, a trip: getpid 0.0 against 1.0"));
}

TEST(TripDifference, CountsAPageFaultMore) {
  const TripDifference found = difference_between(cell_of(sleeping_trips(trips)),
                                                  cell_of(with(9510, {0, K::fault, 1, b, 0, 0})));
  EXPECT_THAT(found.counts, ElementsAre(Field(&CountChange::what, "page faults")));
}

TEST(TripDifference, IsOfTheNetworkStackWhereASystemCallRunsIt) {
  const auto socket = [](std::uint64_t longer_ns) {
    std::vector<Event> events = delayed(1600 - 1, longer_ns);
    for (std::size_t i = 0; i < trips; ++i) {
      events.push_back({10'000 + i * 30'000 + 1000, K::softirq_in, 0, a, 3, 0});
    }
    return events;
  };
  const TripDifference found = difference_between(cell_of(socket(0)), cell_of(socket(9000)));
  EXPECT_EQ(found.work, "call");
  EXPECT_EQ(found.segment, "A: network stack, until it wakes B");
}

TEST(TripDifference, IsNoneBetweenWhatWasSeenInDifferentWays) {
  ExplainedCell before;
  before.cell = "a key in a file";
  before.seen = "switches";
  EXPECT_EQ(not_comparable(before, "switches"), "");
  EXPECT_THAT(not_comparable(before, "kernel"),
              AllOf(HasSubstr("a key in a file was explained by stamps and context switches"),
                    HasSubstr("by the kernel's events now"), HasSubstr("the same rights")));
  before.seen = "";
  EXPECT_EQ(not_comparable(before, "kernel"), "");
}

TEST(ExplanationDocument, IsReadAsItWasWritten) {
  const ExplainedCell cell = cell_of(sleeping_trips(trips), 100);
  const std::string text = explanations_to_json({cell}, {});
  const auto read = explanations_from_json(text);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(explanations_to_json(*read, {}), text);
  EXPECT_THAT(read->at(0).paths, Not(IsEmpty()));
}

TEST(ExplanationDocument, OfAnotherKindOrANewerFormatIsRefused) {
  EXPECT_THAT(
      explanations_from_json(R"({"schema":"ipcmark.result","version":{"major":1}})").error(),
      HasSubstr("not an ipcmark explanation"));
  EXPECT_THAT(
      explanations_from_json(R"({"schema":"ipcmark.explanation","version":{"major":9}})").error(),
      HasSubstr("newer ipcmark"));
  EXPECT_THAT(explanations_from_json(
                  R"({"schema":"ipcmark.explanation","version":{"major":1},"cells":[{"cell":3}]})")
                  .error(),
              HasSubstr("/cells/0/cell: must be a string"));
}

}  // namespace
}  // namespace ipcmark
