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

}  // namespace
}  // namespace ipcmark
