#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/explain/explained.hpp"
#include "results/explain/waterfall.hpp"
#include "tests/unit/results/explain/small_capture.hpp"

namespace ipcmark {
namespace {

using namespace small;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using K = EventKind;

Explanation explained(std::vector<Event> events) {
  CellObservations cell;
  cell.key = "latency/pipe/64B/block/cross-cpu";
  cell.seen = Seen::kernel;
  cell.core_to_core_ns = 500;
  cell.rounds = {round_of(17'000, 20'000, capture_of(std::move(events)))};
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
  cell.rounds = {round_of(20'000, 20'000, std::move(capture))};
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
  EXPECT_DOUBLE_EQ(explanation.disturbances[0].mean_ns, 4800 + 400)
      << "the interrupt on its way and what follows its handler";
  EXPECT_THAT(explanation.sentences,
              Contains(AllOf(HasSubstr("another task ran (neighbour)"), HasSubstr("100.0 %"))));
}

// A task came to B's CPU while that was idle, which the kernel did not record, and kept B waiting.
TEST(Disturbances, ATaskThatNoSwitchBroughtIsTheOneThatGaveTheCpuUp) {
  std::vector<Event> events = sleeping_trips(4);
  for (Event& event : events) {
    if (event.kind == K::switched && event.cpu == 1 && event.other == b) event.thread = stranger;
  }
  const Explanation explanation = explained(events);
  ASSERT_THAT(explanation.disturbances, SizeIs(1));
  EXPECT_EQ(explanation.disturbances[0].by, DisturbedBy::other_task);
  EXPECT_EQ(explanation.disturbances[0].name, "neighbour");
  EXPECT_DOUBLE_EQ(explanation.disturbances[0].mean_ns, 400) << "since the interrupt's end";
  EXPECT_EQ(explanation.inferred, 4U);
  EXPECT_THAT(to_console({explanation}, 1, {}),
              HasSubstr("another task ran (switch not recorded)"));
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

TEST(Explanation, TakesNothingAwayWhereTrialsDifferByMoreThanProbesCost) {
  CellObservations cell;
  cell.seen = Seen::kernel;
  cell.rounds = {round_of(20'000, 20'000 + 16 * 2100, capture_of(sleeping_trips(20)))};
  const Explanation explanation = explain(cell, 0);
  EXPECT_EQ(explanation.price_of_hit_ns, 0);
  EXPECT_DOUBLE_EQ(explanation.difference_a_hit_ns, 2100);
  EXPECT_DOUBLE_EQ(ipcmark::explained(explanation).difference_a_probe_ns, 2100);
  EXPECT_DOUBLE_EQ(explanation.paths.at(0).scaled_ns, explanation.paths[0].traced_ns);
  EXPECT_FALSE(explanation.is_estimate());
  EXPECT_THAT(to_console({explanation}, 1, {}), HasSubstr("which is more than one costs"));
}

TEST(Explanation, TakesAwayWhatAProbeCostsByItselfWhereTrialsDifferByFarMore) {
  CellObservations cell;
  cell.seen = Seen::kernel;
  cell.rounds = {round_of(20'000, 20'000 + 16 * 500, capture_of(sleeping_trips(20)))};
  cell.probe_alone_ns = 260;
  EXPECT_DOUBLE_EQ(explain(cell, 0).price_of_hit_ns, 500) << "a probe in a trip may cost that";
  EXPECT_EQ(explain(cell, 0).difference_a_hit_ns, 0);
  cell.probe_alone_ns = 240;
  const Explanation explanation = explain(cell, 0);
  EXPECT_DOUBLE_EQ(explanation.price_of_hit_ns, 240);
  EXPECT_DOUBLE_EQ(explanation.difference_a_hit_ns, 500);
  EXPECT_NEAR(explanation.paths.at(0).scaled_ns, 20'000 - 16 * 240, 1e-6);
  EXPECT_DOUBLE_EQ(ipcmark::explained(explanation).probe_alone_ns, 240);
  EXPECT_THAT(
      to_console({explanation}, 1, {.width = 500}),
      HasSubstr("differ by 500 ns a probe, which is more than one costs (240 ns by itself): "
                "something else was in these and not in those, and no more than that is "
                "taken away"));
}

// B's CPU has another task, to which the interrupt goes; A's sleeps.
TEST(Sentences, CountTheWakingsOfCpusThatSleepAlone) {
  std::vector<Event> events = sleeping_trips(20);
  for (Event& event : events) {
    if (event.cpu == 1 && event.thread == idle_task) event.thread = stranger;
  }
  const Explanation explanation = explained(events);
  EXPECT_THAT(explanation.sentences, Contains(HasSubstr("waking a sleeping CPU, once")));
  EXPECT_THAT(explanation.sentences, Contains(HasSubstr("keep a CPU busy")));
}

// As before Linux 6.4: nothing tells that an interrupt is sent.
TEST(Sentences, KnowAnInterruptThatNothingToldWasSent) {
  std::vector<Event> events = sleeping_trips(20);
  std::erase_if(events, [](const Event& event) { return event.kind == K::ipi; });
  const Explanation explanation = explained(events);
  EXPECT_THAT(explanation.sentences[0], HasSubstr("waking a sleeping CPU, twice"));
  EXPECT_THAT(explanation.sentences, Not(Contains(HasSubstr("no interrupt is sent"))));
  const auto cost = explanation.work.at(static_cast<std::size_t>(Work::interrupt));
  EXPECT_GT(cost.traced_ns, 0);
}

// A CPU that polls while it is idle is woken without an interrupt.
TEST(Sentences, SayOnTheSameCpuOnlyWhereItIsOne) {
  std::vector<Event> events = sleeping_trips(20);
  std::erase_if(events, [](const Event& event) {
    return event.kind == K::ipi || event.kind == K::interrupt_in || event.kind == K::interrupt_out;
  });
  EXPECT_THAT(explained(events).sentences,
              Contains(HasSubstr("the other task on a CPU that looks for work while it is idle")));
  for (Event& event : events) {
    if (event.cpu >= 0) event.cpu = 0;
    if (event.kind == K::waking || event.kind == K::runnable) event.detail = 0;
  }
  const Explanation explanation = explained(events);
  EXPECT_TRUE(explanation.paths.at(0).one_cpu);
  EXPECT_THAT(explanation.sentences, Contains(HasSubstr("the other task on the same CPU")));
}

TEST(Explanation, SaysOfWhatItDidNotSeeNoMoreThanThat) {
  Capture capture = capture_of(sleeping_trips(9));
  std::erase_if(capture.events, [](const Event& event) { return !is_stamp(event.kind); });
  // The last trip stands still for 40 us after B's receive.
  for (Event& event : capture.events) {
    if (event.time_ns >= 10'000 + 8 * 30'000 + 9540) event.time_ns += 40'000;
  }
  capture.has_kernel_events = false;
  CellObservations cell;
  cell.seen = Seen::stamps;
  cell.rounds = {round_of(20'000, 20'000, std::move(capture))};
  const Explanation explanation = explain(cell, 1);
  const std::string text = to_console({explanation}, 1, {});
  EXPECT_THAT(text, Not(HasSubstr("without any event")));
  EXPECT_THAT(text, HasSubstr("what came between is not seen"));
  EXPECT_THAT(text, HasSubstr("(far longer than most; why is not seen)"));
  EXPECT_THAT(text, Not(HasSubstr("into and out of system calls")));
}

// 720 ns each, without any event of the kernel.
std::vector<Event> spinning_trips() {
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
  return events;
}

CellObservations spinning_cell(double plain_ns, std::uint32_t stamp_every) {
  CellObservations cell;
  cell.blocks = false;
  cell.core_to_core_ns = 500;
  cell.stamp_every = stamp_every;
  cell.rounds = {round_of(plain_ns, plain_ns, capture_of(spinning_trips()))};
  return cell;
}

TEST(Sentences, OfSpinningEndsHoldTheFlightAgainstTheCacheLine) {
  const Explanation explanation = explain(spinning_cell(720, 1), 0);
  EXPECT_THAT(explanation.sentences,
              Contains(AllOf(HasSubstr("610 ns of 720 ns"), HasSubstr("1.22 times"))));
  EXPECT_THAT(explanation.sentences, Not(Contains(HasSubstr("system call"))));
}

// The trips that are stamped are longer than the others, by whose clock the trial is as fast as one
// without stamps.
TEST(Explanation, TakesTheStampsAwayWhereFewTripsHaveThem) {
  CellObservations cell = spinning_cell(700, 64);
  cell.clock_ns = 20;
  const Explanation explanation = explain(cell, 0);
  const auto segments = static_cast<double>(explanation.paths.at(0).segments.size());
  EXPECT_DOUBLE_EQ(explanation.hits, segments);
  EXPECT_DOUBLE_EQ(explanation.price_of_hit_ns, 20);
  EXPECT_NEAR(explanation.paths[0].traced_ns, 720, 1e-6);
  EXPECT_NEAR(explanation.paths[0].scaled_ns, 720 - 20 * segments, 1e-6);
  double work_ns = 0;
  for (const WorkCost& cost : explanation.work) work_ns += cost.scaled_ns;
  EXPECT_NEAR(work_ns, 720 - 20 * segments, 1e-6);
}

TEST(Explanation, SaysWhatStampsDoToThePaceOfTheTripsAroundThem) {
  CellObservations cell = spinning_cell(700, 64);
  EXPECT_THAT(to_console({explain(cell, 0)}, 1, {}), Not(HasSubstr("stretches with stamps")));
  cell.rounds[0].stamped_ratio = 1.0025;
  const Explanation explanation = explain(cell, 0);
  EXPECT_THAT(explanation.by_trial.stamped_ratio, ElementsAre(1.0025));
  EXPECT_THAT(to_console({explanation}, 1, {.width = 500}),
              HasSubstr("stretches with stamps are +0.25 % longer than those without"));
}

TEST(Explanation, TakesTheKernelsEventsAwayWhereTheyAreOnTheWay) {
  CellObservations cell;
  cell.stamp_every = 8;
  cell.clock_ns = 20;
  cell.rounds = {round_of(17'000, 20'000, capture_of(sleeping_trips(20)))};
  EXPECT_DOUBLE_EQ(explain(cell, 0).price_of_hit_ns, 3000.0 / 16);
}

TEST(Explanation, SaysWhatTheStampsOfFewTripsAddWhereEventsAreTheProbes) {
  CellObservations cell;
  cell.clock_ns = 25;
  cell.rounds = {round_of(17'000, 20'000, capture_of(sleeping_trips(20)))};
  EXPECT_EQ(explain(cell, 0).stamps_ns, 0) << "each trip is stamped: the medians have it";
  cell.stamp_every = 8;
  const Explanation explanation = explain(cell, 0);
  EXPECT_FALSE(explanation.hits_are_stamps);
  const double stamps = 3;  // A's send, B's received, B's send
  EXPECT_DOUBLE_EQ(explanation.stamps_ns, stamps * 25);
  EXPECT_DOUBLE_EQ(ipcmark::explained(explanation).stamps_ns, explanation.stamps_ns);
  EXPECT_THAT(to_console({explanation}, 1, {}),
              HasSubstr("of it the stamps themselves, which other trips do not have"));
}

TEST(Sentences, AdviseNoSpinningToEndsThatDo) {
  CellObservations cell;
  cell.blocks = false;
  cell.core_to_core_ns = 500;
  cell.rounds = {round_of(17'000, 20'000, capture_of(sleeping_trips(20)))};
  const Explanation explanation = explain(cell, 0);
  EXPECT_THAT(explanation.sentences[0], AllOf(HasSubstr("waking a sleeping CPU, twice"),
                                              Not(HasSubstr("receivers that spin"))));
}

// B's helper thread, which waits for nobody's message, stands in for B on the way there.
TEST(Sentences, CountTheWakingsOfTheTwoEndsAlone) {
  std::vector<Event> events = sleeping_trips(20);
  for (std::size_t i = 0; i < 20; ++i) {
    const std::uint64_t begin = 10'000 + i * 30'000;
    for (Event& event : events) {
      if (event.time_ns < begin + 1600 || event.time_ns > begin + 8000) continue;
      if (event.other == b && event.kind != K::ipi) event.other = helper;
    }
    // It runs at 8000 and wakes B, which then leaves its call.
    for (const Event& event :
         std::initializer_list<Event>{{begin + 8200, K::waking, 1, helper, b, 1},
                                      {begin + 8400, K::switched, 1, helper, b, 1}}) {
      events.push_back(event);
    }
  }
  const Explanation explanation = explained(events);
  ASSERT_EQ(explanation.complete, 20U);
  EXPECT_THAT(explanation.sentences, Contains(HasSubstr("waking a sleeping CPU, once")));
  EXPECT_THAT(explanation.sentences, Contains(HasSubstr("keep a CPU busy")));
}

TEST(Explanation, KeepsTheMediansOfEachTrialAndThoseOfAll) {
  CellObservations cell;
  cell.seen = Seen::kernel;
  for (const double traced : {20'100.0, 20'000.0, 19'900.0}) {
    cell.rounds.push_back(round_of(traced - 3000, traced, capture_of(sleeping_trips(3))));
  }
  cell.void_rounds = 2;
  const Explanation explanation = explain(cell, 0);
  EXPECT_EQ(explanation.trials, 3U);
  EXPECT_EQ(explanation.void_rounds, 2U);
  EXPECT_DOUBLE_EQ(explanation.traced_ns, 20'000);
  EXPECT_THAT(explanation.by_trial.plain_ns, ElementsAre(17'100, 17'000, 16'900));
  EXPECT_THAT(explanation.by_trial.chains_ns, ElementsAre(20'000, 20'000, 20'000));
  EXPECT_THAT(explanation.by_trial.coarse_ns, IsEmpty());
}

}  // namespace
}  // namespace ipcmark
