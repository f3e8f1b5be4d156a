#include "results/fleet/fleet_tables.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/unit/results/empty_document.hpp"

namespace ipcmark {
namespace {

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    if (c == ',' && !quoted) {
      fields.emplace_back();
    } else if (c != '"') {
      fields.back() += c;
    }
  }
  return fields;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

FleetFigure figure(const char* name, Unit unit, double median, const char* sentence = "A text.") {
  FleetFigure made;
  made.name = name;
  made.unit = unit;
  made.better = Better::lower;
  made.median = made.low = made.high = median;
  made.trials = 5;
  made.sentence = sentence;
  return made;
}

FleetRun run_with(const char* id, const std::vector<FleetFigure>& figures) {
  FleetRun run;
  run.run.id = id;
  run.run.labels = {{"commit", "a,b"}, {"=kernel", "6.1"}};
  run.cells.emplace_back().key = "latency/pipe/64B/block/cross-cpu";
  run.cells.back().scenario = "latency";
  run.cells.back().figures = figures;
  return run;
}

// What is written of the two, the first of which is left out of the table or not.
std::vector<std::string> wide(bool with_first) {
  WideTable table;
  const std::string first = table.draft(
      run_with("1", {figure("p50", Unit::nanoseconds, 5.5), figure("gone", Unit::count, 1)}));
  const std::string second = table.draft(
      run_with("2", {figure("rate", Unit::messages_per_second, 7),
                     figure("p50", Unit::nanoseconds, 6), figure("own", Unit::count, 3, "")}));
  if (with_first) table.use(first);
  table.use(second);
  return lines_of(table.head() + (with_first ? table.rows(first) : "") + table.rows(second));
}

TEST(FleetTables, AWideRowHasAColumnForEachFigureThatOccurs) {
  const auto lines = wide(true);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_TRUE(lines[0].ends_with(",comparable,gone_count,p50_ns,rate_msg_s")) << lines[0];
  EXPECT_TRUE(lines[1].ends_with(",yes,1,5.5,")) << lines[1];
  EXPECT_TRUE(lines[2].ends_with(",yes,,6,7")) << lines[2];
}

TEST(FleetTables, WhatIsLeftOutLeavesNoColumn) {
  const auto lines = wide(false);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_TRUE(lines[0].ends_with(",comparable,p50_ns,rate_msg_s")) << lines[0];
  EXPECT_TRUE(lines[1].ends_with(",yes,6,7")) << lines[1];
}

TEST(FleetTables, ColumnNamesArePlainAndDiffer) {
  WideTable table;
  table.use(table.draft(run_with(
      "1",
      {figure("p99.9", Unit::nanoseconds, 1), figure("p99_9", Unit::nanoseconds, 2),
       figure("create_ns", Unit::nanoseconds, 3), figure("machine_state", Unit::nanoseconds, 4)})));
  std::set<std::string> names;
  for (const FleetColumn& column : table.columns()) {
    EXPECT_TRUE(names.insert(column.name).second) << column.name;
  }
  EXPECT_EQ(names,
            (std::set<std::string>{"p99_9_ns", "p99_9_ns_2", "create_ns", "machine_state_ns_2"}));
}

TEST(FleetTables, AColumnMeansWhatTheCatalogueSays) {
  WideTable table;
  FleetRun run = run_with("1", {figure("p50", Unit::nanoseconds, 1, "A trip.")});
  run.cells.push_back(run.cells.front());
  run.cells.back().scenario = "throughput";
  run.cells.back().figures = {figure("p50", Unit::nanoseconds, 1, "A message.")};
  table.use(table.draft(run));
  const auto columns = table.columns();
  ASSERT_EQ(columns.size(), 1U);
  EXPECT_EQ(columns[0].file, "cells.csv");
  EXPECT_EQ(columns[0].unit, "ns");
  EXPECT_EQ(columns[0].better, "lower");
  EXPECT_EQ(columns[0].meaning, "throughput: A message. latency: A trip.");
}

TEST(FleetTables, TextIsQuotedAndUnknownNumbersAreEmpty) {
  const FleetRun run = run_with("1", {figure("p50", Unit::nanoseconds, 1.5)});
  EXPECT_EQ(rows_of_labels(run), "1,=kernel,6.1\n1,commit,\"a,b\"\n");
  EXPECT_EQ(rows_of_figures(run),
            "1,latency/pipe/64B/block/cross-cpu,p50,ns,lower,no,1.5,1.5,1.5,5,,yes,no\n");
  FleetRun known = run;
  known.cells[0].machine_state_ns = 150.25;
  known.cells[0].comparable = false;
  known.cells[0].figures[0].headline = known.cells[0].figures[0].two_groups = true;
  EXPECT_EQ(rows_of_figures(known),
            "1,latency/pipe/64B/block/cross-cpu,p50,ns,lower,yes,1.5,1.5,1.5,5,150.25,no,yes\n");
}

TEST(FleetTables, ValuesOfLabelsAreAsTheyWereGiven) {
  FleetRun run = run_with("1", {});
  run.run.labels = {{"flags", "-O2"}, {"note", "@x, \"y\""}, {"sum", "=1+2"}};
  EXPECT_EQ(rows_of_labels(run), "1,flags,-O2\n1,note,\"@x, \"\"y\"\"\"\n1,sum,=1+2\n");
}

TEST(FleetTables, EveryRowHasEveryColumn) {
  const FleetRun run = run_with("1", {figure("p50", Unit::nanoseconds, 1)});
  for (const auto& [file, rows] : std::vector<std::pair<const char*, std::string>>{
           {"runs.csv", rows_of_runs(run)},
           {"labels.csv", rows_of_labels(run)},
           {"figures.csv", rows_of_figures(run)},
           {"columns.csv", rows_of_columns(fleet_columns())}}) {
    const std::size_t columns = fields_of(fleet_table_head(file)).size();
    for (const std::string& line : lines_of(rows)) {
      EXPECT_EQ(fields_of(line).size(), columns) << line;
    }
  }
}

// The page has the columns of each table, in words of its own or not, and no others.
TEST(FleetTables, ThePageNamesEveryColumn) {
  std::ifstream file(IPCMARK_SOURCE_DIR "/results/fleet/README.md");
  const std::string page(std::istreambuf_iterator<char>(file), {});
  std::size_t at = 0;
  for (const FleetColumn& column : fleet_columns()) {
    const std::string row = "\n| `" + column.name + "` |";
    const std::size_t found = page.find(row, at);
    ASSERT_NE(found, std::string::npos) << column.file << ": " << column.name;
    at = found + 1;
  }
  std::size_t rows = 0;
  for (std::size_t i = page.find("\n| `"); i != std::string::npos; i = page.find("\n| `", i + 1)) {
    ++rows;
  }
  EXPECT_EQ(rows, fleet_columns().size());
}

}  // namespace
}  // namespace ipcmark
