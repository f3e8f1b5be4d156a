#include "results/fleet/read_fleet.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "results/comparison/fingerprint.hpp"
#include "results/figures/published.hpp"
#include "results/figures/summary.hpp"
#include "results/json/json.hpp"
#include "tests/unit/results/empty_document.hpp"
#include "tests/unit/results/sample_document.hpp"

namespace ipcmark {
namespace {

TEST(ReadFleet, FiguresAreThoseOfTheSummary) {
  const ResultDocument document = sample_in_two_groups();
  const MachineView machine(document);
  const FleetRun run = fleet_run(document, "a.json");
  ASSERT_EQ(run.cells.size(), document.cells.size());
  std::size_t compared = 0;
  std::size_t groups = 0;
  for (std::size_t i = 0; i < run.cells.size(); ++i) {
    const Cell& cell = document.cells[i];
    const Summary summary = summarize(cell, machine, document.catalogue);
    EXPECT_EQ(run.cells[i].key, cell.spec.key());
    EXPECT_EQ(run.cells[i].state, summary.state);
    EXPECT_EQ(run.cells[i].reason, summary.reason);
    EXPECT_EQ(run.cells[i].comparable, summary.comparable);
    EXPECT_EQ(run.cells[i].machine_state_ns, summary.machine_state_ns);
    const Figure* main = main_figure(summary, document.catalogue.scenario(cell.spec.scenario));
    for (const FleetFigure& figure : run.cells[i].figures) {
      const auto same = std::find_if(
          summary.figures.begin(), summary.figures.end(),
          [&](const Figure& each) { return figure_name(each) == figure.name && each.needs == 0; });
      ASSERT_NE(same, summary.figures.end()) << figure.name;
      EXPECT_EQ(figure.median, same->median);
      EXPECT_EQ(figure.low, same->low);
      EXPECT_EQ(figure.high, same->high);
      EXPECT_EQ(figure.trials, same->trials);
      EXPECT_EQ(figure.unit, same->unit);
      EXPECT_EQ(figure.headline, &*same == main) << cell.spec.key() << " " << figure.name;
      EXPECT_EQ(figure.two_groups, !same->groups.empty());
      groups += figure.two_groups ? 1 : 0;
      ++compared;
    }
  }
  EXPECT_GT(compared, 100U);
  EXPECT_GT(groups, 0U);
}

TEST(ReadFleet, ATextIsReadAsTheDocumentIs) {
  ResultDocument document = sample_document();
  document.run.labels = {{"commit", "abc"}, {"host", "named by a label"}};
  const FleetRun made = fleet_run(document, "a.json");
  const auto read = fleet_run_from_json(result_to_json(document), "a.json", built_in_catalogue());
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->file, "a.json");
  EXPECT_EQ(read->host, "named by a label");
  EXPECT_EQ(read->host_class, made.host_class);
  EXPECT_EQ(read->machine, made.machine);
  EXPECT_EQ(read->trials, made.trials);
  ASSERT_EQ(read->cells.size(), made.cells.size());
  for (std::size_t i = 0; i < made.cells.size(); ++i) {
    ASSERT_EQ(read->cells[i].figures.size(), made.cells[i].figures.size());
    for (std::size_t k = 0; k < made.cells[i].figures.size(); ++k) {
      EXPECT_EQ(read->cells[i].figures[k].median, made.cells[i].figures[k].median);
    }
  }
  document.run.host = "recorded";
  EXPECT_EQ(fleet_run(document, "").host, "recorded");
}

TEST(ReadFleet, WhatIsNoResultIsRefusedAtItsPlace) {
  const auto refused = [](const std::string& text) {
    const auto read = fleet_run_from_json(text, "a.json", built_in_catalogue());
    return read ? std::string() : read.error();
  };
  EXPECT_EQ(refused("{\"schema\":1}"), "/schema: must be a string");
  EXPECT_EQ(refused("{"), "not JSON: line 1, column 2");
  EXPECT_EQ(refused(R"({"schema":"ipcmark.comparison"})"),
            "/schema: not an ipcmark result (\"ipcmark.comparison\")");
}

TEST(ReadFleet, OptionsThatAnOlderResultLeavesOutAreAskedFor) {
  const auto resolve = [](RunSpec& spec) { spec.backend = "asked"; };
  const auto read = fleet_run_from_json(result_to_json(sample_document()), "a.json",
                                        built_in_catalogue(), resolve);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->cells.front().mechanism, "asked");
}

Environment machine() {
  Environment environment;
  environment.facts = {{"cpu", {{"model", "A CPU"}, {"microcode", "1"}}},
                       {"kernel", {{"release", "6.1.0"}}},
                       {"limits", {{"msgmax", "8192"}, {"rlimit.nofile", "1024"}}}};
  return environment;
}

TEST(HostClass, IsEqualWhereNothingChangesFigures) {
  const std::string plain = host_class(machine());
  EXPECT_EQ(plain, "147b19e56770") << "a class that was written down has to stay what it is";
  Environment other = machine();
  other.facts["limits"]["rlimit.nofile"] = "65536";  // refuses, and does nothing else
  other.facts["cpu"]["microcode"] = "2";
  other.facts["load"]["average"] = "7";
  EXPECT_EQ(host_class(other), plain);
  for (const auto& [group, name] : std::vector<std::pair<const char*, const char*>>{
           {"cpu", "model"}, {"kernel", "release"}, {"limits", "msgmax"}, {"cpu", "governor"}}) {
    other = machine();
    other.facts[group][name] = "changed";
    EXPECT_NE(host_class(other), plain) << name;
  }
}

FleetRun run_of(const char* id, bool interrupted, std::uint64_t trials, const char* finished) {
  FleetRun run;
  run.run.id = id;
  run.run.interrupted = interrupted;
  run.run.finished = finished;
  run.trials = trials;
  return run;
}

TEST(SameRuns, OneOfEachRunCounts) {
  SameRuns same;
  EXPECT_EQ(same.dropped(run_of("a", false, 9, "10:00"), 0), std::nullopt);
  EXPECT_EQ(same.dropped(run_of("b", false, 9, "10:00"), 1), std::nullopt);
  EXPECT_EQ(same.dropped(run_of("a", false, 9, "10:00"), 2), 2U) << "a copy: the first stays";
  EXPECT_EQ(same.dropped(run_of("a", false, 8, "11:00"), 3), 3U) << "fewer trials";
  EXPECT_EQ(same.dropped(run_of("a", true, 99, "11:00"), 4), 4U) << "interrupted";
  EXPECT_EQ(same.dropped(run_of("a", false, 10, "09:00"), 5), 0U) << "more trials";
  EXPECT_EQ(same.dropped(run_of("a", false, 10, "12:00"), 6), 5U) << "ended later";
}

TEST(SameRuns, AResumedRunTakesThePlaceOfItsInterruptedPart) {
  SameRuns same;
  EXPECT_EQ(same.dropped(run_of("a", true, 9, "10:00"), 0), std::nullopt);
  EXPECT_EQ(same.dropped(run_of("a", true, 12, "10:30"), 1), 0U);
  EXPECT_EQ(same.dropped(run_of("a", false, 5, "11:00"), 2), 1U);
  EXPECT_EQ(same.dropped(run_of("a", false, 5, ""), 3), 3U) << "it never came to its end";
}

}  // namespace
}  // namespace ipcmark
