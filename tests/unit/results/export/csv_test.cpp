#include "results/export/csv.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "results/figures/cost_figures.hpp"
#include "results/figures/published.hpp"
#include "tests/unit/results/empty_document.hpp"
#include "tests/unit/results/sample_document.hpp"

namespace ipcmark {
namespace {

// Rows of fields, by the rules of RFC 4180.
std::vector<std::vector<std::string>> parsed(const std::string& text) {
  std::vector<std::vector<std::string>> rows(1, std::vector<std::string>(1));
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string& field = rows.back().back();
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        field += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        field += text[++i];
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      rows.back().emplace_back();
    } else if (c == '\n') {
      rows.emplace_back(1);
    } else {
      field += c;
    }
  }
  rows.pop_back();  // after the last newline
  return rows;
}

std::size_t column(const char* name) {
  const auto columns = csv_columns();
  return static_cast<std::size_t>(
      std::find_if(columns.begin(), columns.end(),
                   [name](const Column& each) { return std::string(name) == each.name; }) -
      columns.begin());
}

TEST(Csv, EveryRowHasEveryColumn) {
  const auto rows = parsed(result_to_csv(sample_document()));
  ASSERT_GT(rows.size(), 100U);
  for (const auto& row : rows) ASSERT_EQ(row.size(), csv_columns().size()) << row[0];
  for (std::size_t i = 0; i < csv_columns().size(); ++i) {
    EXPECT_EQ(rows[0][i], csv_columns()[i].name);
  }
}

TEST(Csv, WhatWasSkippedKeepsARowWithItsReason) {
  const auto rows = parsed(result_to_csv(sample_document()));
  const auto skipped = std::count_if(rows.begin(), rows.end(), [](const auto& row) {
    return row[column("status")] == "skipped" && row[column("metric")].empty() &&
           row[column("reason")].find("by sysctl") != std::string::npos;
  });
  EXPECT_EQ(skipped, 6);
}

TEST(Csv, TextIsQuotedWhereItMustBe) {
  ResultDocument document = empty_document();
  document.run.id = "a,\"b\"";
  Trial& trial = document.cells.emplace_back().trials.emplace_back();
  trial.state = State::failed;
  trial.reason = "first,\nsecond \"third\"";
  trial.steady = false;
  trial.canary.unsteady = true;
  const auto rows = parsed(result_to_csv(document));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1][column("run_id")], "a,\"b\"");
  EXPECT_EQ(rows[1][column("reason")], trial.reason);
  EXPECT_EQ(rows[1][column("flags")], "unsteady;canary-moved;other-state");
}

TEST(Csv, NoFieldIsAFormulaOrARowOfItsOwn) {
  ResultDocument document = sample_document();
  document.run.id = "=1+1";
  document.cells[1].spec.backend = "@SUM(A1)";
  document.cells[2].spec.scenario = "+1";
  document.cells[2].spec.options["=x"] = 1;
  Trial& trial = document.cells[1].trials[0];
  trial.metrics.push_back({"-name", -5, Unit::count, 1});
  trial.metrics.push_back({"name,\"x\"\n=1+1", 1, Unit::count, 1});
  trial.counts["=count"] = -7;
  trial.histograms["\t=tab"].record(1000, 2000);
  trial.reason = "\r=1+1";
  trial.state = State::failed;
  const auto rows = parsed(result_to_csv(document));
  std::set<std::string> seen;
  for (const auto& row : rows) {
    ASSERT_EQ(row.size(), csv_columns().size()) << row[0];
    for (std::size_t i = 0; i < row.size(); ++i) {
      seen.insert(row[i]);
      if (row[i].empty() || i == column("value")) continue;  // which is a number
      EXPECT_EQ(std::string("=+-@\t\r\n").find(row[i][0]), std::string::npos) << row[i];
    }
  }
  for (const char* word : {"'=1+1", "'@SUM(A1)", "'+1", "'-name", "'=count", "name,\"x\"\n=1+1",
                           "\\x0d=1+1", "-5", "-7"}) {
    EXPECT_TRUE(seen.contains(word)) << word;
  }
}

TEST(Csv, HasEveryFigureThatTheJsonHas) {
  ResultDocument document = empty_document();
  Trial& trial = document.cells.emplace_back().trials.emplace_back();
  trial.counts["messages_total"] = 100;
  trial.costs = {{"sender", 4711, 1, 500, 500, 7, 8, 9, 10, 11, 0, 2000}};
  trial.integrity = {100, 1, 2, 3, 4, 5};
  trial.canary = {150.5, 151, 1000, 1001, false};
  std::map<std::string, std::string> values;
  for (const auto& row : parsed(result_to_csv(document))) {
    EXPECT_TRUE(values.emplace(row[column("metric")], row[column("value")]).second)
        << row[column("metric")];
  }
  for (const CostFigure& each : cost_figures()) {
    EXPECT_EQ(values.count(each.figure.name), 1U) << each.figure.name;
  }
  EXPECT_EQ(values["cpus_busy"], "0.5");
  EXPECT_EQ(values["page_faults"], "19");
  EXPECT_EQ(values["checked"], "100");
  EXPECT_EQ(values["lost"], "1");
  EXPECT_EQ(values["wrong_length"], "5");
  EXPECT_EQ(values["core_to_core_before_ns"], "150.5");
  EXPECT_EQ(values["spin_after_ns"], "1001");
  values.erase("metric");  // the header
  for (const auto& [name, value] : values) {
    EXPECT_NE(built_in_catalogue().find("", name), nullptr) << name;
  }
}

TEST(Csv, ATrialOfAnotherMachineStateIsFlagged) {
  const auto rows = parsed(result_to_csv(sample_document()));
  std::set<std::string> flagged;  // "backend trial"
  for (const auto& row : rows) {
    if (row[column("flags")].find("other-state") == std::string::npos) continue;
    if (row[column("backend")] == "pipe") flagged.insert("pipe " + row[column("trial")]);
    EXPECT_TRUE(row[column("backend")] == "pipe" || row[column("backend")] == "posix_mq");
    EXPECT_EQ(row[column("scenario")], "latency");
  }
  EXPECT_EQ(flagged, (std::set<std::string>{"pipe 1", "pipe 2", "pipe 4"}));
}

TEST(Csv, APolledTrialIsFlagged) {
  ResultDocument document = empty_document();
  Cell& cell = document.cells.emplace_back();
  cell.trials.resize(2);
  cell.trials[1].granted.values[poll_interval_name] = 1'000'000;
  const auto rows = parsed(result_to_csv(document));
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1][column("flags")], "");
  EXPECT_EQ(rows[2][column("flags")], "polled");
}

TEST(Csv, ACellThatMayLoseMessagesIsFlagged) {
  ResultDocument document = empty_document();
  Cell& cell = document.cells.emplace_back();
  cell.capabilities["lossy"] = "yes";
  cell.trials.resize(1);
  cell.trials[0].metrics = {{"lost_share", 0.25, Unit::ratio, 1000}};
  const auto rows = parsed(result_to_csv(document));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1][column("flags")], "lossy");
  EXPECT_EQ(rows[1][column("metric")], "lost_share");
  EXPECT_EQ(rows[1][column("value")], "0.25");
}

TEST(Csv, AQuantileWithTooFewSamplesBeyondHasNoRow) {
  ResultDocument document = empty_document();
  Histogram& trips = document.cells.emplace_back().trials.emplace_back().histograms["round_trip"];
  trips.record(50, 999);
  auto rows = parsed(result_to_csv(document));
  const auto quantiles = [&rows] {
    std::vector<std::string> found;
    for (std::size_t i = 1; i < rows.size(); ++i) {
      if (!rows[i][column("quantile")].empty()) found.push_back(rows[i][column("quantile")]);
    }
    return found;
  };
  EXPECT_EQ(quantiles(), std::vector<std::string>{"0.5"});
  trips.record(50, 99'001);
  rows = parsed(result_to_csv(document));
  EXPECT_EQ(quantiles(), (std::vector<std::string>{"0.5", "0.9", "0.99", "0.999"}));
}

TEST(Csv, ALockCellIsTellableByItsKey) {
  const auto rows = parsed(result_to_csv(sample_document()));
  EXPECT_TRUE(std::any_of(rows.begin(), rows.end(), [](const auto& row) {
    return row[column("key")].find("/lock=futex/") != std::string::npos &&
           row[column("backend")].empty() && row[column("senders")] == "3" &&
           row[column("receivers")].empty();
  }));
}

TEST(Csv, FlagsWhatIsNotInTheStateThatIsRanked) {
  ResultDocument document = empty_document();
  Cell& cell = document.cells.emplace_back();
  // Two sockets apart: another pair of CPUs, and so no other state.
  Cell far;
  far.spec.placement = Placement::cross_socket;
  const std::vector<Canary> canaries{{150, 151, 1000, 1000, false, {0, 1}},
                                     {150, 151, 1000, 1000, false, {0, 1}},
                                     {550, 551, 1000, 1000, false, {0, 1}},
                                     {150, 551, 1000, 1000, true, {0, 1}},
                                     {0, 0, 1000, 1000, true, {0, 1}}};
  for (const Canary& canary : canaries) cell.trials.emplace_back().canary = canary;
  far.trials.emplace_back().canary = {600, 601, 1000, 1000, false, {0, 2}};
  document.cells.push_back(far);
  std::vector<std::string> flags;
  for (const auto& row : parsed(result_to_csv(document))) {
    if (row[column("metric")] == "spin_before_ns") flags.push_back(row[column("flags")]);
  }
  EXPECT_EQ(flags, (std::vector<std::string>{"", "", "other-state", "canary-moved;other-state",
                                             "canary-moved;other-state", ""}));
}

}  // namespace
}  // namespace ipcmark
