#include "results/fleet/odd_hosts.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/results/sample_fleet.hpp"

namespace ipcmark {
namespace {

struct Plan {
  unsigned hosts = 60;
  unsigned runs = 1;
  std::set<unsigned> slow = {};  // hosts whose blocking cells take `factor` times as long
  double factor = 1.10;
  double common = 0.01;  // by which the cells of a run rise and fall together
  std::set<unsigned> in_slow_state = {};
  std::uint64_t seed = 1;
};

// Twenty blocking cells and ten spinning ones; the cells of a run rise and fall together,
// and each by itself by 2 %.
std::vector<FleetRun> fleet_of(const Plan& plan) {
  RandomNumbers random(plan.seed);
  std::vector<FleetRun> runs;
  for (unsigned host = 0; host < plan.hosts; ++host) {
    for (unsigned run = 0; run < plan.runs; ++run) {
      const bool slow_state = plan.in_slow_state.contains(host);
      const double common = 1 + plan.common * random.bell();
      std::vector<MadeCell> cells;
      for (unsigned cell = 0; cell < 30; ++cell) {
        const bool block = cell < 20;
        const bool rate = cell % 4 == 3;
        double value = 1000 * common * (1 + 0.02 * random.bell()) * (slow_state ? 2.5 : 1);
        if (block && plan.slow.contains(host)) value *= plan.factor;
        cells.push_back({"latency/b" + std::to_string(cell) + "/64B/" + (block ? "block" : "spin") +
                             "/cross-cpu",
                         rate ? 1e9 / value : value, slow_state ? 520.0 : 150.0, rate});
      }
      runs.push_back(made_run(run, "host" + std::to_string(host), cells));
    }
  }
  return runs;
}

std::set<std::string> odd_names(const FleetPoints& fleet) {
  std::set<std::string> names;
  for (const HostScore& odd : odd_hosts(host_scores(fleet))) {
    names.insert(fleet.hosts[odd.host].name);
  }
  return names;
}

TEST(OddHosts, SlowOnesAreFoundAndNoOther) {
  const FleetPoints fleet = points_of(fleet_of({.slow = {7, 23, 41}}));
  EXPECT_EQ(odd_names(fleet), (std::set<std::string>{"host7", "host23", "host41"}));
  const auto odd = odd_hosts(host_scores(fleet));
  EXPECT_EQ(odd[0].family, "block");
  EXPECT_NEAR(odd[0].deviation, 0.10, 0.03);
  EXPECT_EQ(odd[0].cells, 20U);
  EXPECT_EQ(odd[0].peers, 60U);
  EXPECT_GT(odd[0].worse, 0.9);
}

TEST(OddHosts, FasterIsNotOdd) {
  const FleetPoints fleet = points_of(fleet_of({.slow = {5}, .factor = 0.80, .seed = 2}));
  EXPECT_EQ(odd_names(fleet), (std::set<std::string>{}));
}

// Slow nights befall all cells of a run alike, and by more than a slow host differs by.
TEST(OddHosts, WhatTheOtherCellsForetellIsTakenOff) {
  Plan plan{.slow = {7, 23, 41}, .seed = 8};
  plan.common = 0.06;
  EXPECT_EQ(odd_names(points_of(fleet_of(plan))),
            (std::set<std::string>{"host7", "host23", "host41"}));
}

TEST(OddHosts, AHostThatIsSlowInEveryCellIsOddFromATenthOn) {
  for (const double factor : {1.07, 1.25}) {
    auto runs = fleet_of({.seed = 9});
    for (FleetCell& cell : runs[12].cells) {
      FleetFigure& figure = cell.figures[0];
      figure.median *= figure.better == Better::higher ? 1 / factor : factor;
    }
    const auto odd = odd_hosts(host_scores(points_of(runs)));
    if (factor < 1.1) {
      EXPECT_TRUE(odd.empty());
      continue;
    }
    ASSERT_EQ(odd.size(), 1U);
    EXPECT_EQ(odd[0].family, all_cells);
    EXPECT_NEAR(odd[0].deviation, 0.25, 0.05);
  }
}

TEST(OddHosts, ThoseOfAFleetWithoutOnesAreNone) {
  for (std::uint64_t seed = 10; seed < 30; ++seed) {
    EXPECT_EQ(odd_names(points_of(fleet_of({.seed = seed}))), (std::set<std::string>{}))
        << "seed " << seed;
  }
}

// Those that were met in the slow state are compared with each other.
TEST(OddHosts, HostsInAnotherStateAreNoOddOnes) {
  Plan plan{.slow = {2, 40}, .seed = 3};
  for (unsigned host = 0; host < 24; ++host) plan.in_slow_state.insert(host);
  EXPECT_EQ(odd_names(points_of(fleet_of(plan))), (std::set<std::string>{"host2", "host40"}));
}

TEST(OddHosts, ClassesAreNotComparedWithEachOther) {
  auto runs = fleet_of({.hosts = 20, .seed = 4});
  auto others = fleet_of({.hosts = 20, .seed = 5});
  for (FleetRun& run : others) {
    run.host_class = "other";
    run.host += "x";
    for (FleetCell& cell : run.cells) cell.figures[0].median *= 2;
  }
  runs.insert(runs.end(), others.begin(), others.end());
  EXPECT_EQ(odd_names(points_of(runs)), (std::set<std::string>{}));
}

TEST(OddHosts, FewHostsOrNoNamesSayNothing) {
  EXPECT_TRUE(host_scores(points_of(fleet_of({.hosts = 4, .slow = {1}}))).empty());
  auto runs = fleet_of({.hosts = 30, .slow = {1}});
  for (FleetRun& run : runs) run.host.clear();
  EXPECT_TRUE(host_scores(points_of(runs)).empty());
}

TEST(OddHosts, MoreRunsOfAHostCountByTheirMedian) {
  auto runs = fleet_of({.hosts = 30, .runs = 3, .seed = 6});
  for (FleetCell& cell : runs[0].cells) cell.figures[0].median *= 3;  // one bad night
  EXPECT_EQ(odd_names(points_of(runs)), (std::set<std::string>{}));
}

TEST(OddHosts, StatesByHost) {
  Plan plan{.hosts = 6, .in_slow_state = {4}};
  const auto states = states_of_hosts(points_of(fleet_of(plan)));
  ASSERT_EQ(states.size(), 6U);
  EXPECT_EQ(states[0].runs, (std::vector<std::size_t>{1}));
  EXPECT_EQ(states[4].runs, (std::vector<std::size_t>{0, 1}));
}

// A placement that was met in the slow state alone has that one as its first.
TEST(OddHosts, StatesAreThoseOfTheClassWhateverThePlacement) {
  std::vector<FleetRun> runs;
  for (unsigned host = 0; host < 6; ++host) {
    for (unsigned run = 0; run < 2; ++run) {
      std::vector<MadeCell> cells;
      const bool fast = host == 0 && run == 0;
      for (int i = 0; i < 3; ++i) {
        const std::string key = "latency/b" + std::to_string(i) + "/64B/block/";
        cells.push_back({key + "unpinned", 1000, 302});
        if (i < 2) cells.push_back({key + "cross-cpu", 1000, fast ? 100.0 : 300.0});
      }
      runs.push_back(made_run(run, "host" + std::to_string(host), cells));
    }
  }
  for (FleetCell& cell : runs[2].cells) {  // the first of host1 all fast
    if (cell.machine_state_ns == 300) cell.machine_state_ns = 100;
  }
  std::erase_if(runs[2].cells, [](const FleetCell& cell) { return cell.machine_state_ns > 300; });
  const FleetPoints fleet = points_of(runs);
  EXPECT_EQ(fleet.class_states.at(0), (std::vector<double>{100, 301}));
  const auto states = states_of_hosts(fleet);
  EXPECT_EQ(states[0].runs, (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(states[1].runs, (std::vector<std::size_t>{1, 1}));
}

TEST(OddHosts, AScoreIsOfOneStateWhateverThePlacement) {
  std::vector<FleetRun> runs;
  for (unsigned host = 0; host < 6; ++host) {
    std::vector<MadeCell> cells;
    for (unsigned i = 0; i < 5; ++i) {
      const std::string key = "latency/b" + std::to_string(i) + "/64B/block/";
      cells.push_back({key + "cross-cpu", 1000.0 + host, 100});
      cells.push_back({key + "unpinned", 1000.0 + host, 300});
    }
    runs.push_back(made_run(0, "host" + std::to_string(host), cells));
  }
  std::set<double> states;
  for (const HostScore& score : host_scores(points_of(runs))) {
    EXPECT_EQ(score.cells, 5U);
    states.insert(score.state_ns);
  }
  EXPECT_EQ(states, (std::set<double>{100, 300}));
}

TEST(OddHosts, FiguresFromNoKnownStateOfCellsThatHaveStatesAreLeftOut) {
  std::vector<FleetRun> runs;
  for (unsigned host = 0; host < 12; ++host) {
    std::vector<MadeCell> across;
    std::vector<MadeCell> within;  // has no states
    for (unsigned i = 0; i < 5; ++i) {
      const std::string key = "latency/b" + std::to_string(i) + "/64B/block/";
      across.push_back({key + "cross-cpu", 1000, 100});
      within.push_back({key + "same-cpu", 1000, 0});
    }
    const std::string name = "host" + std::to_string(host);
    runs.push_back(made_run(0, name, across));
    runs.push_back(made_run(1, name, within));
    // Torn runs, half of them from a slow state.
    for (MadeCell& cell : across) cell = {cell.key, host % 2 == 0 ? 1000.0 : 2500.0, 0};
    runs.push_back(made_run(2, name, across));
  }
  const FleetPoints fleet = points_of(runs);
  EXPECT_EQ(odd_names(fleet), (std::set<std::string>{}));
  std::set<double> states;
  for (const HostScore& score : host_scores(fleet)) {
    EXPECT_EQ(score.cells, 5U);
    states.insert(score.state_ns);
  }
  EXPECT_EQ(states, (std::set<double>{0, 100}));
}

TEST(OddHosts, CellsWithoutAStateDoNotMakeTheRunsUnknown) {
  const std::vector<FleetRun> runs{made_run(0, "host0",
                                            {{"latency/a/64B/block/cross-cpu", 1, 109},
                                             {"latency/a/64B/block/same-cpu", 1, 0},
                                             {"latency/b/64B/block/same-cpu", 1, 0}}),
                                   made_run(1, "host0", {{"latency/a/64B/block/same-cpu", 1, 0}})};
  const auto states = states_of_hosts(points_of(runs));
  ASSERT_EQ(states.size(), 1U);
  EXPECT_EQ(states[0].runs, (std::vector<std::size_t>{1}));
  EXPECT_EQ(states[0].unknown, 1U);
}

}  // namespace
}  // namespace ipcmark
