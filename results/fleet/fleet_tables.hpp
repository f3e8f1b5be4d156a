// Many results as CSV tables, a run at a time: text from values, no files here. What the columns
// hold is in columns.csv, which is one of them, and in README.md. Fields are those of csv_text()
// (csv.hpp); what is not known is empty.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "results/fleet/fleet_run.hpp"

namespace ipcmark {

struct FleetColumn {
  std::string file;  // of its table: "runs.csv"
  std::string name;
  std::string unit;    // empty: none, or another in each row
  std::string better;  // "lower", "higher"; empty: neither, or another in each row
  std::string meaning;
};

// The columns that there are whatever the results, in the order of tables and fields: all but those
// of figures in cells.csv.
std::span<const FleetColumn> fleet_columns();
// The first line of a table: the names of its fleet_columns().
std::string fleet_table_head(std::string_view file);

// Whole lines of the table.
std::string rows_of_runs(const FleetRun& run);     // of runs.csv: one
std::string rows_of_labels(const FleetRun& run);   // of labels.csv: one a label
std::string rows_of_figures(const FleetRun& run);  // of figures.csv: one a figure of a cell
std::string rows_of_columns(std::span<const FleetColumn> columns);  // of columns.csv: one each

// The rows of cells.csv, which has a column for each figure that a result has and the catalogue
// declares. Which these are is known only when all results have been looked at; until then a run is
// kept in a short form:
//
//   1. draft() of each run, to be kept anywhere as bytes;
//   2. use() of each draft that is to be in the table;
//   3. head(), and rows() of each of these drafts.
class WideTable {
 public:
  std::string draft(const FleetRun& run);
  void use(std::string_view draft);
  std::string head() const;
  std::string rows(std::string_view draft) const;
  std::vector<FleetColumn> columns() const;  // of the figures, in the order of head()

 private:
  struct Column {
    Unit unit = Unit::count;
    std::set<std::string> better;
    std::map<std::string, std::set<std::string>> scenarios;  // by what it means there
    bool used = false;
  };
  using Key = std::pair<std::string, std::string>;  // figure and its unit
  std::vector<std::pair<std::string, const Column*>> named() const;

  std::map<Key, std::size_t> places_;  // in columns_
  std::vector<Column> columns_;
};

}  // namespace ipcmark
