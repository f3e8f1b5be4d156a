#include "results/console/view.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace ipcmark {
namespace {

// Trials whose round trips lie evenly around `ns`, 20 000 of each.
std::vector<Trial> trials_around(std::uint64_t ns) {
  std::vector<Trial> trials(6);
  for (std::size_t i = 0; i < trials.size(); ++i) {
    trials[i].round = static_cast<std::uint32_t>(i);
    Histogram& trips = trials[i].histograms["round_trip"];
    for (std::uint64_t j = 0; j < 20'000; ++j) trips.record(ns + i + j % 10);
  }
  return trials;
}

TEST(Ranking, ThoseWhoseIntervalsOverlapShareAPlace) {
  ResultDocument document;
  const std::pair<const char*, std::uint64_t> rows[] = {
      {"a", 10'000}, {"b", 10'003}, {"c", 20'000}, {"d", 20'003}, {"e", 30'000}};
  for (const auto& [name, ns] : rows) {
    Cell cell;
    cell.spec.scenario = "latency";
    cell.spec.backend = name;
    cell.trials = trials_around(ns);
    document.cells.push_back(cell);
  }
  const View view = make_view(document);
  std::vector<unsigned> places;
  for (const ViewRow& row : view.groups.at(0).rows) places.push_back(row.place);
  EXPECT_EQ(places, (std::vector<unsigned>{1, 1, 3, 3, 5}));
}

RunSpec cell_of(const char* scenario, const char* backend, std::uint64_t size) {
  RunSpec spec;
  spec.scenario = scenario;
  spec.backend = backend;
  spec.size = size;
  spec.duration_ns = 1'000'000;
  return spec;
}

// Each measured once.
ResultDocument measured(const std::vector<RunSpec>& cells) {
  ResultDocument document;
  for (const RunSpec& spec : cells) {
    Cell cell;
    cell.spec = spec;
    Trial trial;
    if (spec.scenario == "latency") {
      for (int i = 0; i < 1000; ++i) trial.histograms["round_trip"].record(5000);
    } else {
      trial.metrics.push_back({"rate", 1e6, "msg/s", 1000});
    }
    cell.trials.push_back(trial);
    document.cells.push_back(cell);
  }
  return document;
}

TEST(View, TheFirstTableIsKnownBeforeAnythingIsMeasured) {
  std::vector<RunSpec> cells{
      cell_of("throughput", "pipe", 64), cell_of("counter", "pipe", 64),
      cell_of("latency", "pipe", 1024),  cell_of("latency", "pipe", 64),
      cell_of("latency", "pipe", 64),    cell_of("latency", "fifo", 64),
  };
  cells[1].duration_ns = 0;  // its trials end with their work
  cells[4].options["gap_ns"] = 1000;
  EXPECT_EQ(first_table(cells), (std::vector<std::size_t>{3, 5}));

  const ResultDocument document = measured(cells);
  const View view = make_view(document);
  std::vector<std::string> shown_first;
  for (const ViewRow& row : view.groups.front().rows) shown_first.push_back(row.cell->spec.key());
  EXPECT_EQ(shown_first, (std::vector<std::string>{cells[3].key(), cells[5].key()}));
}

TEST(View, VerdictsAloneHaveNoFirstTable) {
  RunSpec spec = cell_of("counter", "pipe", 64);
  spec.duration_ns = 0;
  EXPECT_TRUE(first_table({spec}).empty());
  EXPECT_TRUE(first_table({}).empty());
}

}  // namespace
}  // namespace ipcmark
