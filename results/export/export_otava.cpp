// Wide CSV for Apache Otava (once Hunter): a row a run, a column a figure of a cell.
//
// Its importer takes the columns that its configuration names (time_column: time) and turns each
// into a number; a run without the figure has an empty field, over which Otava stops with the
// column's name: the row or the metric must be left out then, by someone who knows why it is
// missing.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "results/export/csv.hpp"
#include "results/export/export_cells.hpp"
#include "results/figures/published.hpp"

namespace ipcmark {
namespace {

struct OtavaRow {
  std::map<std::string, double> figures;  // by column
  unsigned other_state = 0;  // cells whose figures are from another state of the machine
  std::string two_groups;    // columns whose trials fall into two groups
};

OtavaRow figures_of(const ResultDocument& document, std::vector<std::string>& columns,
                    std::set<std::string>& known) {
  OtavaRow row;
  for (const ExportCell& cell : export_cells(document)) {
    if (!sound(cell)) continue;
    row.other_state += cell.summary.comparable ? 0U : 1U;
    for (const Figure* figure : tracked_figures(cell.summary)) {
      const std::string column = cell.key + "/" + figure_name(*figure);
      if (known.insert(column).second) columns.push_back(column);
      row.figures[column] = figure->median;
      if (figure->groups.empty()) continue;
      row.two_groups.append(row.two_groups.empty() ? "" : ";").append(column);
    }
  }
  return row;
}

// What users have said of the runs: a column for each name, so that it can be an attribute of its
// own; no column that would be empty in each row.
struct OriginColumns {
  bool host = false, shard = false;
  std::set<std::string> labels;
};

OriginColumns origin_columns(std::span<const ResultDocument> documents) {
  OriginColumns columns;
  for (const ResultDocument& document : documents) {
    columns.host = columns.host || !document.run.host.empty();
    columns.shard = columns.shard || !document.run.shard.empty();
    for (const auto& [name, value] : document.run.labels) columns.labels.insert(name);
  }
  return columns;
}

std::string header_text(const OriginColumns& columns) {
  std::string text = columns.host ? ",host" : "";
  if (columns.shard) text += ",shard";
  for (const std::string& name : columns.labels) text += "," + csv_field("label_" + name);
  return text;
}

std::string origin_text(const OriginColumns& columns, const RunInfo& run) {
  std::string text;
  if (columns.host) text += "," + csv_field(run.host);
  if (columns.shard) text += "," + csv_field(run.shard);
  for (const std::string& name : columns.labels) {
    const auto found = run.labels.find(name);
    text += found == run.labels.end() ? "," : "," + csv_field(found->second);
  }
  return text;
}

std::string row_text(const ResultDocument& document, const OtavaRow& row,
                     const OriginColumns& origin, const std::vector<std::string>& columns) {
  const RunInfo& run = document.run;
  std::string text =
      fmt::format("{},{},{},{},{},{},{}", csv_field(run.finished), csv_field(run.id),
                  csv_field(run.version), csv_field(document.environment.get("build", "revision")),
                  csv_field(run.suite), row.other_state, csv_field(row.two_groups));
  text += origin_text(origin, run);
  for (const std::string& column : columns) {
    const auto found = row.figures.find(column);
    text += found == row.figures.end() ? "," : fmt::format(",{}", found->second);
  }
  return text + "\n";
}

}  // namespace

Exported export_otava(const ExportInput& input) {
  // Otava takes the rows for a series as they come, while a shell names files by the alphabet.
  std::vector<const ResultDocument*> by_time;
  by_time.reserve(input.results.size());
  for (const ResultDocument& document : input.results) by_time.push_back(&document);
  std::stable_sort(by_time.begin(), by_time.end(),
                   [](const auto* a, const auto* b) { return a->run.finished < b->run.finished; });
  std::vector<std::string> columns;  // in the order of the first result that has them
  std::set<std::string> known;
  std::vector<OtavaRow> rows;
  rows.reserve(by_time.size());
  for (const ResultDocument* document : by_time) {
    rows.push_back(figures_of(*document, columns, known));
  }
  if (columns.empty()) return nothing_to_export("a figure");
  std::string out = "time,run,version,revision,suite,cells_in_other_state,in_two_groups";
  const OriginColumns origin = origin_columns(input.results);
  out += header_text(origin);
  for (const std::string& column : columns) out.append(",").append(csv_field(column));
  out += "\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    out += row_text(*by_time[i], rows[i], origin, columns);
  }
  return out;
}

}  // namespace ipcmark
