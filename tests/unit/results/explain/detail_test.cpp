// Chains of wakings and switches alone: what they show, and when they are shown.
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

CellObservations cell_of(double plain_ns, double coarse_ns, double traced_ns,
                         std::vector<Event> events = sleeping_trips(20)) {
  CellObservations cell;
  cell.key = "latency/pipe/64B/block/cross-cpu";
  cell.seen = Seen::kernel;
  cell.core_to_core_ns = 500;
  Capture capture = capture_of(std::move(events));
  capture.calls[39] = "getpid";
  cell.rounds = {round_of(plain_ns, traced_ns, capture)};
  cell.rounds[0].coarse_ns = coarse_ns;
  cell.rounds[0].coarse_timeline.emplace(coarse(std::move(capture)));
  return cell;
}

const CellObservations dear = cell_of(20'000, 21'000, 28'000);

TEST(CoarseChain, HasOneSegmentFromAWakingToTheSwitch) {
  const Timeline timeline(coarse(capture_of(sleeping_trips(3))));
  const std::vector<Chain> chains = chains_of(timeline);
  ASSERT_EQ(chains.size(), 3U);
  EXPECT_TRUE(is_gapless(chains[1]));
  EXPECT_THAT(
      labels_of(timeline, chains[1]),
      ElementsAre("A: in send, until it wakes B", "waking: until B is switched in",
                  "B: switched in, until receive returns", "B: user code between receive and send",
                  "B: in send, until it wakes A", "waking: until A is switched in",
                  "A: switched in, until receive returns"));
  EXPECT_EQ(chains[1].hits(), 4U);
  EXPECT_EQ(work_of(chains[1].segments[1].kind), Work::wake);
}

TEST(CoarseChain, MarksASwitchThatWasNotRecorded) {
  std::vector<Event> events = sleeping_trips(3);
  std::erase_if(events, [](const Event& event) {
    return event.kind == K::switched && event.cpu == 1 && event.other == b;
  });
  const Timeline timeline(coarse(capture_of(events)));
  const Chain chain = chains_of(timeline).at(1);
  EXPECT_TRUE(chain.complete);
  EXPECT_EQ(chain.inferred, 1U);
  EXPECT_THAT(labels_of(timeline, chain),
              Contains("waking B: until receive returns (switch not recorded)"));
}

TEST(CoarseChain, NamesATaskThatHadTheCpu) {
  std::vector<Event> events = sleeping_trips(20);
  for (Event& event : events) {
    if (event.kind == K::switched && event.cpu == 1 && event.other == b) event.thread = stranger;
  }
  const Explanation explanation =
      explain(cell_of(20'000, 21'000, 28'000, std::move(events)), 0, Detail::coarse);
  ASSERT_THAT(explanation.disturbances, SizeIs(1));
  EXPECT_EQ(explanation.disturbances[0].by, DisturbedBy::other_task);
  EXPECT_EQ(explanation.disturbances[0].name, "neighbour");
  EXPECT_DOUBLE_EQ(explanation.disturbances[0].mean_ns, 8000 - 1600);
}

TEST(Detail, IsCoarseWhereTracingAllMakesLongTripsFarLonger) {
  const Explanation explanation = explain(dear, 0);
  EXPECT_EQ(explanation.seen, Seen::wakings);
  EXPECT_DOUBLE_EQ(explanation.traced_ns, 21'000);
  EXPECT_DOUBLE_EQ(explanation.fine_ns, 28'000);
  EXPECT_DOUBLE_EQ(explanation.hits, 4);
  EXPECT_DOUBLE_EQ(explanation.price_of_hit_ns, 250);
  EXPECT_NEAR(explanation.paths.at(0).scaled_ns, 19'000, 1e-6);
  EXPECT_FALSE(explanation.is_estimate());
  EXPECT_THAT(explanation.by_trial.traced_ns, ElementsAre(21'000));
}

TEST(Detail, SaysWhatIsNotShownAndWhy) {
  const std::string text = to_console({explain(dear, 0)}, 1, {.width = 300});
  EXPECT_THAT(text, HasSubstr("20.0 µs without tracing, 21.0 µs with wakings and switches traced, "
                              "28.0 µs with all (+40 %)"));
  EXPECT_THAT(text,
              HasSubstr("not seen: system calls and interrupts: with these traced, too, trips "
                        "are 40 % longer, without 5 % (--detail fine shows them)"));
  EXPECT_THAT(text, HasSubstr("waking: until B is switched in"));
  EXPECT_STREQ(to_string(Work::wake, false), "waking: until the woken task runs");
  EXPECT_THAT(text, Not(HasSubstr("0 system calls")));
}

TEST(Detail, IsFineWhereThatIsCheapOrTripsAreShort) {
  EXPECT_EQ(explain(cell_of(20'000, 21'000, 25'900), 0).seen, Seen::kernel);
  EXPECT_EQ(explain(cell_of(19'000, 20'000, 28'000), 0).seen, Seen::kernel);
}

TEST(Detail, IsFineWhereLessCostsNoLess) {
  EXPECT_EQ(explain(cell_of(20'000, 28'000, 28'000), 0).seen, Seen::kernel);
}

TEST(Detail, MayBeAskedFor) {
  EXPECT_EQ(explain(dear, 0, Detail::fine).seen, Seen::kernel);
  EXPECT_EQ(explain(cell_of(19'000, 20'000, 21'000), 0, Detail::coarse).seen, Seen::wakings);
}

TEST(Detail, IsWhatThereIsWithoutCoarseTrials) {
  CellObservations cell = dear;
  cell.seen = Seen::switches;
  cell.rounds[0].coarse_timeline.reset();
  EXPECT_EQ(explain(cell, 0, Detail::coarse).seen, Seen::switches);
}

TEST(Detail, IsOneForAllThatAreComparedWithEachOther) {
  const std::vector<CellObservations> cells = {cell_of(19'000, 20'000, 21'000), dear};
  for (const Explanation& each : explain_alike(cells, 0)) EXPECT_EQ(each.seen, Seen::wakings);
  for (const Explanation& each : explain_alike({cells[0], cells[0]}, 0)) {
    EXPECT_EQ(each.seen, Seen::kernel);
  }
  for (const Explanation& each : explain_alike(cells, 0, Detail::fine)) {
    EXPECT_EQ(each.seen, Seen::kernel);
  }
}

TEST(Detail, LeavesTheCountsToTheFineTrials) {
  std::vector<Event> events = sleeping_trips(20);
  for (std::uint64_t trip = 0; trip < 20; ++trip) {
    for (std::uint64_t i = 0; i < 7; ++i) {
      const std::uint64_t at = 10'000 + trip * 30'000 + 100 + i * 100;
      events.push_back({at, K::enter, 0, a, 39, 0});
      events.push_back({at + 50, K::leave, 0, a, 39, 0});
    }
  }
  const CellObservations cell = cell_of(20'000, 21'000, 30'000, std::move(events));
  const Explanation explanation = explain(cell, 0);
  ASSERT_EQ(explanation.seen, Seen::wakings);
  EXPECT_EQ(explanation.counts.calls, explain(cell, 0, Detail::fine).counts.calls);
  EXPECT_THAT(explanation.sentences,
              Contains(HasSubstr("7 of 9 system calls a trip are getpid, as counted where these "
                                 "were traced, too")));
  EXPECT_EQ(ipcmark::explained(explanation).counts.system_calls.at("getpid"), 7);
}

TEST(Sentences, OfCoarseChainsClaimNothingOfInterrupts) {
  const Explanation explanation = explain(dear, 0);
  EXPECT_THAT(explanation.sentences,
              Contains(AllOf(HasSubstr("from waking a task until it runs"),
                             HasSubstr("the interrupt to its CPU included, twice"))));
  EXPECT_THAT(explanation.sentences, Not(Contains(HasSubstr("no interrupt is sent"))));
  EXPECT_THAT(explanation.sentences, Not(Contains(HasSubstr("within system calls"))));
  EXPECT_THAT(explanation.disturbances, IsEmpty());
}

TEST(Detail, IsToldInDocuments) {
  const ExplainedCell cell = ipcmark::explained(explain(dear, 0));
  EXPECT_EQ(cell.seen, "wakings");
  EXPECT_DOUBLE_EQ(cell.fine_ns, 28'000);
  const auto read = explanations_from_json(explanations_to_json({cell}, {}));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->at(0).seen, "wakings");
  EXPECT_DOUBLE_EQ(read->at(0).fine_ns, 28'000);
  EXPECT_EQ(not_comparable(cell, "wakings"), "");
  EXPECT_THAT(not_comparable(cell, "kernel"), HasSubstr("by wakings and switches alone"));
}

}  // namespace
}  // namespace ipcmark
