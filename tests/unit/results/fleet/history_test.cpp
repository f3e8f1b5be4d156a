#include "results/fleet/history.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "results/fleet/history_text.hpp"
#include "tests/unit/results/sample_fleet.hpp"

namespace ipcmark {
namespace {

using testing::HasSubstr;

constexpr const char* pipe_key = "latency/pipe/64B/block/cross-cpu";

// `days` runs of one host; `value` of each day.
template <class Value>
std::vector<FleetRun> daily(unsigned days, Value value, const std::string& host = "db1") {
  std::vector<FleetRun> runs;
  for (unsigned day = 0; day < days; ++day) {
    runs.push_back(made_run(day, host, {{pipe_key, value(day)}}));
  }
  return runs;
}

TEST(History, AStepOfAHistoryIsToldAtItsRun) {
  RandomNumbers random(5);
  auto runs = daily(40, [&random](unsigned day) {
    return (day < 25 ? 14600 : 16060) * (1 + 0.01 * random.bell());
  });
  std::reverse(runs.begin(), runs.end());  // the order in which files are found says nothing
  const History history = history_of(points_of(runs), {});
  ASSERT_EQ(history.series.size(), 1U);
  ASSERT_TRUE(history.series[0].suspect);
  const Suspect& suspect = *history.series[0].suspect;
  EXPECT_EQ(suspect.at, 25U);
  EXPECT_NEAR(suspect.ratio, 1.1, 0.02);
  EXPECT_LT(suspect.p, suspect_level);
  EXPECT_EQ(history.suspects, 1U);
  const Confirmation confirmation = confirmation_of(history.fleet, history.series[0]);
  EXPECT_EQ(confirmation.command,
            "ipcmark ab --a ./ipcmark-c024 --b ./ipcmark-c025 --only "
            "latency/pipe/64B/block/cross-cpu");
  EXPECT_THAT(suspect_text(history, history.series[0], ""),
              HasSubstr("worse since c025 (2026-01-26): 25 runs before it, 15 from it on"));
}

TEST(History, WithoutCommitsTheFilesAreNamed) {
  auto runs = daily(40, [](unsigned day) { return day < 20 ? 100.0 + day % 3 : 120.0 + day % 3; });
  for (unsigned day = 0; day < 40; ++day) {
    runs[day].run.labels = {{"kernel", day < 20 ? "6.1" : "6.2; rm -rf"}};
  }
  const History history = history_of(points_of(runs), {});
  ASSERT_TRUE(history.series.at(0).suspect);
  const Confirmation confirmation = confirmation_of(history.fleet, history.series[0]);
  EXPECT_THAT(confirmation.command, HasSubstr("ab --a OLD --b NEW --only latency/pipe"));
  EXPECT_THAT(confirmation.words, HasSubstr("fleet/db1/0019.json and fleet/db1/0020.json"));
  EXPECT_THAT(confirmation.words, HasSubstr("label kernel went from 6.1 to 6.2; rm -rf"));
}

TEST(History, WhatALabelSaysIsNoPartOfTheShellsWords) {
  auto runs = daily(40, [](unsigned day) { return day < 20 ? 100.0 : 120.0; });
  for (unsigned day = 0; day < 40; ++day) runs[day].run.labels["commit"] = day < 20 ? "a" : "$(x)'";
  const History history = history_of(points_of(runs), {});
  ASSERT_TRUE(history.series.at(0).suspect);
  EXPECT_THAT(confirmation_of(history.fleet, history.series[0]).command,
              HasSubstr("--b './ipcmark-$(x)'\\'''"));
}

TEST(History, AChangeThatTheGateWouldNotMindIsNoSuspect) {
  const auto small = daily(40, [](unsigned day) { return (day < 20 ? 1000.0 : 1040.0) + day % 2; });
  const History history = history_of(points_of(small), {});
  EXPECT_LT(history.series.at(0).p, suspect_level);
  EXPECT_EQ(history.suspects, 0U);
}

TEST(History, BetterIsToldFromWorse) {
  FleetSubject time{"k", "latency", "p50", Unit::nanoseconds, Better::lower};
  FleetSubject rate{"k", "throughput", "rate", Unit::messages_per_second, Better::higher};
  EXPECT_EQ(change_text(time, 1.12), "12 % worse");
  EXPECT_EQ(change_text(time, 0.92), "8.0 % better");
  EXPECT_EQ(change_text(rate, 1.12), "12 % better");
  rate.better = Better::neither;
  EXPECT_EQ(change_text(rate, 0.5), "50 % less");
}

// Every second run from the slow state, and later all of them: a step, if they were mixed.
TEST(History, StatesOfTheMachineAreNeverMixed) {
  std::vector<FleetRun> runs;
  RandomNumbers random(6);
  for (unsigned day = 0; day < 40; ++day) {
    const bool slow = day >= 20 && day % 2 == 0;
    runs.push_back(made_run(
        day, "db1",
        {{pipe_key, (slow ? 20000 : 14600) * (1 + 0.01 * random.bell()), slow ? 520.0 : 150.0}}));
  }
  const History history = history_of(points_of(runs), {});
  ASSERT_EQ(history.series.size(), 2U);
  EXPECT_EQ(history.series[0].points.size(), 30U);
  EXPECT_EQ(history.series[0].state_ns, 150);
  EXPECT_EQ(history.series[1].state_ns, 520);
  EXPECT_EQ(history.suspects, 0U);
}

TEST(History, AHostThatJoinsIsNoChange) {
  std::vector<FleetRun> runs;
  RandomNumbers random(8);
  for (unsigned day = 0; day < 40; ++day) {
    for (const bool second : {false, true}) {
      if (second && day < 20) continue;
      runs.push_back(made_run(day, second ? "db2" : "db1",
                              {{pipe_key, (second ? 30000 : 14600) * (1 + 0.01 * random.bell())}}));
    }
  }
  const History history = history_of(points_of(runs), {});
  ASSERT_EQ(history.series.size(), 1U);
  EXPECT_EQ(history.series[0].hosts, 2U);
  EXPECT_EQ(history.suspects, 0U);
}

TEST(History, AStepOnAllHostsIsToldAmongHostsOfDifferentSpeed) {
  std::vector<FleetRun> runs;
  RandomNumbers random(9);
  for (unsigned day = 0; day < 20; ++day) {
    for (unsigned host = 0; host < 3; ++host) {
      const double value = (100 + 40 * host) * (day < 10 ? 1 : 1.08) * (1 + 0.01 * random.bell());
      runs.push_back(made_run(day, "db" + std::to_string(host), {{pipe_key, value}}));
    }
  }
  const History history = history_of(points_of(runs), {});
  ASSERT_TRUE(history.series.at(0).suspect);
  EXPECT_EQ(history.series[0].suspect->at, 30U);
  EXPECT_NEAR(history.series[0].suspect->ratio, 1.08, 0.01);
}

TEST(History, ClassesAreSeriesOfTheirOwn) {
  auto runs = daily(20, [](unsigned) { return 100.0; });
  for (unsigned day = 10; day < 20; ++day) runs[day].host_class = "other";
  EXPECT_EQ(history_of(points_of(runs), {}).series.size(), 2U);
}

TEST(History, FiguresAndCellsAreChosen) {
  const auto runs = sample_fleet();
  const FleetPoints headlines = points_of(runs);
  EXPECT_EQ(headlines.subjects.size(), 4U);
  const FleetPoints tails = points_of(runs, {"p90", {"latency/pipe"}});
  ASSERT_EQ(tails.subjects.size(), 1U);
  EXPECT_EQ(tails.subjects[0].figure, "p90");
  EXPECT_TRUE(points_of(runs, {"p99", {}}).points.empty());
}

TEST(History, CellsThatDidNotPassHaveNoPoint) {
  auto runs = daily(3, [](unsigned) { return 100.0; });
  runs[1].cells[0].state = State::failed;
  const FleetPoints fleet = points_of(runs);
  EXPECT_EQ(fleet.points.size(), 2U);
  EXPECT_EQ(fleet.runs[1].failed, 1U);
}

TEST(History, ADroppedRunDoesNotCount) {
  FleetGatherer gatherer({});
  for (const FleetRun& run : daily(5, [](unsigned day) { return 100.0 + day; })) gatherer.add(run);
  gatherer.drop(1);
  const FleetPoints fleet = gatherer.gathered();
  ASSERT_EQ(fleet.runs.size(), 4U);
  ASSERT_EQ(fleet.points.size(), 4U);
  EXPECT_EQ(fleet.points[1].median, 102);
  EXPECT_EQ(fleet.points[1].run, 1U);
}

TEST(History, OtavasChangePointsTakeThePlaceOfTheRule) {
  RandomNumbers random(5);
  const auto runs = daily(40, [&random](unsigned day) {
    return (day < 25 ? 14600 : 16060) * (1 + 0.02 * random.bell());
  });
  const std::string metric = std::string(pipe_key) + "/p50";
  const History history =
      history_of(points_of(runs), {},
                 {{metric, seconds_of(made_time(12)), 6, 0.0005},
                  {metric, 17, 9, 0.0001},
                  {"latency/tcp/64B/block/cross-cpu/p50", seconds_of(made_time(12)), 6, 0.0005}});
  ASSERT_TRUE(history.series.at(0).suspect);
  EXPECT_TRUE(history.series[0].suspect->otava);
  EXPECT_EQ(history.series[0].suspect->at, 12U);
  EXPECT_NEAR(history.series[0].suspect->ratio, 1.06, 1e-9);
  ASSERT_EQ(history.notes.size(), 2U);
  EXPECT_THAT(history.notes[0], HasSubstr("at 17"));
  EXPECT_THAT(history.notes[1], HasSubstr("latency/tcp"));
}

// A hundred fleets in which nothing changes, of 24 runs, 20 cells and two hosts each: of a rule
// that holds its level, a tenth of one would have a suspect.
TEST(History, HostsAreCountedByTheirNames) {
  auto runs = daily(4, [](unsigned) { return 1000.0; });
  runs[3].host_class = "another kernel";
  EXPECT_THAT(extent_text(points_of(runs)), HasSubstr("4 results of 1 host in 2 host classes"));
  FleetGatherer gatherer{FleetChoice{}};
  for (const FleetRun& run : runs) gatherer.add(run);
  gatherer.drop(3);
  EXPECT_THAT(extent_text(gatherer.gathered()), HasSubstr("3 results of 1 host in 1 host class"));
  for (FleetRun& run : runs) run.host.clear();
  EXPECT_THAT(extent_text(points_of(runs)), HasSubstr("4 results of unnamed hosts in 2 host"));
}

TEST(History, TrialsInTwoGroupsAreToldOfASuspect) {
  auto runs = daily(40, [](unsigned day) { return day < 20 ? 100.0 + day % 3 : 120.0 + day % 3; });
  for (unsigned day = 30; day < 33; ++day) runs[day].cells[0].figures[0].two_groups = true;
  const History history = history_of(points_of(runs), {});
  ASSERT_TRUE(history.series.at(0).suspect);
  EXPECT_THAT(suspect_text(history, history.series[0], ""),
              HasSubstr("of 3 of them the trials fall into two groups"));
}

TEST(History, FleetsInWhichNothingChangesHaveNoSuspects) {
  RandomNumbers random(11);
  std::size_t suspected = 0;
  for (int fleet = 0; fleet < 100; ++fleet) {
    std::vector<FleetRun> runs;
    for (unsigned day = 0; day < 24; ++day) {
      std::vector<MadeCell> cells;
      for (int cell = 0; cell < 20; ++cell) {
        cells.push_back({"latency/b" + std::to_string(cell) + "/64B/block/cross-cpu",
                         1000 * (1 + 0.2 * random.next())});
      }
      runs.push_back(made_run(day, day % 2 == 0 ? "a" : "b", cells));
    }
    suspected += history_of(points_of(runs), {}).suspects > 0 ? 1U : 0U;
  }
  EXPECT_EQ(suspected, 0U);
}

TEST(History, SparklinesAndStretches) {
  EXPECT_EQ(sparkline(std::vector<double>{0, 5, 10}, 0, 10, false), "_=#");
  EXPECT_EQ(sparkline(std::vector<double>{0, 10}, 0, 10, true), "▁█");
  EXPECT_EQ(stretches({1, 2, 3, 4, 5, 6}, 3), (std::vector<double>{1.5, 3.5, 5.5}));
  EXPECT_EQ(stretches({1, 2}, 3), (std::vector<double>{1, 2}));
}

}  // namespace
}  // namespace ipcmark
