#include "results/fleet/fleet_tables.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "results/export/csv.hpp"

namespace ipcmark {
namespace {

constexpr const char* runs_file = "runs.csv";
constexpr const char* labels_file = "labels.csv";
constexpr const char* figures_file = "figures.csv";
constexpr const char* cells_file = "cells.csv";
constexpr const char* columns_file = "columns.csv";
constexpr const char* of_the_figure = "in `unit`";

// The shortest text that reads back as the same number.
std::string number(double value) { return std::isfinite(value) ? fmt::format("{}", value) : ""; }
std::string yes_or_no(bool value) { return value ? "yes" : "no"; }
// Of a state of the machine, of which 0 stands for what is not known.
std::string known(double value) { return value > 0 ? number(value) : ""; }
std::string direction(Better better) { return better == Better::neither ? "" : to_string(better); }

// What a line is made from.
struct Line {
  const FleetRun& of;
  const FleetCell* cell = nullptr;
  const FleetFigure* figure = nullptr;
  std::string name, value;  // of a label
};

// A column and what it holds, as a field.
struct Field {
  const char* name;
  const char* unit;
  const char* meaning;
  std::string (*text)(const Line&);
  bool of_cell = false;  // of figures.csv: the same for each figure of a cell
};

constexpr auto of_runs = std::to_array<Field>({
    {"run_id", "", "the run's id", [](const Line& line) { return csv_text(line.of.run.id); }},
    {"started", "", "when it began: ISO 8601, UTC",
     [](const Line& line) { return csv_text(line.of.run.started); }},
    {"finished", "", "when it ended, or was ended (`interrupted`)",
     [](const Line& line) { return csv_text(line.of.run.finished); }},
    {"host", "", "name of the host, where it was recorded, else the label `host`",
     [](const Line& line) { return csv_text(line.of.host); }},
    {"host_class", "",
     "hash of what changes figures (CPU, kernel, clock, build, limits): figures of two classes "
     "must "
     "not be compared with each other",
     [](const Line& line) { return csv_text(line.of.host_class); }},
    {"machine", "", "model of the CPU and release of the kernel",
     [](const Line& line) { return csv_text(line.of.machine); }},
    {"version", "", "of ipcmark", [](const Line& line) { return csv_text(line.of.run.version); }},
    {"revision", "", "of ipcmark's sources",
     [](const Line& line) { return csv_text(line.of.revision); }},
    {"suite", "", "what was run: quick, standard, custom",
     [](const Line& line) { return csv_text(line.of.run.suite); }},
    {"shard", "", "which part of the cells was run, such as 3/8; empty: all",
     [](const Line& line) { return csv_text(line.of.run.shard); }},
    {"trials_asked", "count", "trials of each cell that were asked for",
     [](const Line& line) { return std::to_string(line.of.run.trials_asked); }},
    {"interrupted", "", "yes: the user or a scheduler ended the run",
     [](const Line& line) { return yes_or_no(line.of.run.interrupted); }},
    {"file", "", "where it was read", [](const Line& line) { return csv_text(line.of.file); }},
});

constexpr auto of_labels = std::to_array<Field>({
    {"run_id", "", "the run's id", [](const Line& line) { return csv_text(line.of.run.id); }},
    {"name", "", "of the label", [](const Line& line) { return csv_text(line.name); }},
    {"value", "", "of the label", [](const Line& line) { return csv_text(line.value); }},
});

constexpr auto of_figures = std::to_array<Field>({
    {"run_id", "", "the run's id", [](const Line& line) { return csv_text(line.of.run.id); }, true},
    {"key", "", "the cell's key, for --only",
     [](const Line& line) { return csv_text(line.cell->key); }, true},
    {"figure", "", "its name; `ipcmark list figures` says what it means",
     [](const Line& line) { return csv_text(line.figure->name); }},
    {"unit", "", "of median, low and high",
     [](const Line& line) { return csv_text(to_string(line.figure->unit)); }},
    {"better", "", "lower or higher; empty: neither",
     [](const Line& line) { return direction(line.figure->better); }},
    {"headline", "", "yes: the figure that the cell is ranked by",
     [](const Line& line) { return yes_or_no(line.figure->headline); }},
    {"median", of_the_figure, "over the trials",
     [](const Line& line) { return number(line.figure->median); }},
    {"low", of_the_figure, "lower end of its interval over the trials",
     [](const Line& line) { return number(line.figure->low); }},
    {"high", of_the_figure, "upper end of its interval over the trials",
     [](const Line& line) { return number(line.figure->high); }},
    {"trials", "count", "behind the figure",
     [](const Line& line) { return std::to_string(line.figure->trials); }},
    {"machine_state_ns", "ns",
     "state of the machine that the cell's figures are from: a round trip between two CPUs; empty: "
     "not known. Figures of two states must not be compared with each other",
     [](const Line& line) { return known(line.cell->machine_state_ns); }, true},
    {"comparable", "",
     "no: the cell's figures are from another state of the machine than those of the run's other "
     "cells",
     [](const Line& line) { return yes_or_no(line.cell->comparable); }, true},
    {"two_groups", "", "yes: the trials fall into two groups, and the median tells of neither",
     [](const Line& line) { return yes_or_no(line.figure->two_groups); }},
});

constexpr auto of_cells = std::to_array<Field>({
    {"run_id", "", "the run's id", [](const Line& line) { return csv_text(line.of.run.id); }},
    {"started", "", "when the run began: ISO 8601, UTC",
     [](const Line& line) { return csv_text(line.of.run.started); }},
    {"host", "", "as in runs.csv", [](const Line& line) { return csv_text(line.of.host); }},
    {"host_class", "", "as in runs.csv",
     [](const Line& line) { return csv_text(line.of.host_class); }},
    {"key", "", "the cell's key, for --only",
     [](const Line& line) { return csv_text(line.cell->key); }},
    {"scenario", "", "what was run",
     [](const Line& line) { return csv_text(line.cell->scenario); }},
    {"mechanism", "", "backend, else lock, else notifier",
     [](const Line& line) { return csv_text(line.cell->mechanism); }},
    {"status", "", "worst of its trials: passed, failed, skipped, timeout, deadlock, interrupted",
     [](const Line& line) { return std::string(to_string(line.cell->state)); }},
    {"reason", "", "why it did not pass, or has no times",
     [](const Line& line) { return csv_text(line.cell->reason); }},
    {"machine_state_ns", "ns", "as in figures.csv",
     [](const Line& line) { return known(line.cell->machine_state_ns); }},
    {"comparable", "", "as in figures.csv",
     [](const Line& line) { return yes_or_no(line.cell->comparable); }},
});

// Of columns.csv, whose rows are no figures and no results.
constexpr std::array<std::pair<const char*, const char*>, 5> of_columns{
    {{"file", "the table"},
     {"column", "its name"},
     {"unit", "of its numbers; empty: it holds none, or another in each row"},
     {"better", "lower or higher; empty: neither, or another in each row"},
     {"meaning", "in words"}}};

std::string row(std::span<const Field> fields, const Line& line) {
  std::string text;
  for (const Field& field : fields) {
    text.append(&field == fields.data() ? "" : ",").append(field.text(line));
  }
  return text;
}

void add_columns(const char* file, std::span<const Field> fields, std::vector<FleetColumn>& all) {
  for (const Field& field : fields)
    all.push_back({file, field.name, field.unit, "", field.meaning});
}

std::string name_of_column(const std::string& figure, const std::string& unit) {
  std::string name = figure;
  if (!name.ends_with("_" + unit) && name != unit) name += "_" + unit;
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  for (char& c : name) c = plain(c) ? c : '_';
  return name;
}

// As SQL tells names apart.
std::string in_lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

// A draft: of each cell the fields that every cell has, then the figures, each as
// "<field_mark>place=value", and <cell_mark>. Fields hold no control characters.
constexpr char field_mark = '\x1f';
constexpr char cell_mark = '\x1e';

// Calls visit(place, value) for each figure of a cell's draft; returns the fields before them.
template <class Visit>
std::string_view each_figure(std::string_view cell, Visit visit) {
  const std::size_t fields = std::min(cell.find(field_mark), cell.size());
  for (std::size_t at = fields; at < cell.size();) {
    const std::size_t end = std::min(cell.find(field_mark, at + 1), cell.size());
    const std::string_view figure = cell.substr(at + 1, end - at - 1);
    std::size_t place = 0;
    const auto read = std::from_chars(figure.data(), figure.data() + figure.size(), place);
    visit(place, figure.substr(static_cast<std::size_t>(read.ptr - figure.data()) + 1));
    at = end;
  }
  return cell.substr(0, fields);
}

template <class Visit>  // visit(the draft of a cell)
void each_cell(std::string_view draft, Visit visit) {
  for (std::size_t at = 0; at < draft.size();) {
    const std::size_t end = std::min(draft.find(cell_mark, at), draft.size());
    visit(draft.substr(at, end - at));
    at = end + 1;
  }
}

}  // namespace

std::span<const FleetColumn> fleet_columns() {
  static const std::vector<FleetColumn> columns = [] {
    std::vector<FleetColumn> all;
    add_columns(runs_file, of_runs, all);
    add_columns(labels_file, of_labels, all);
    add_columns(figures_file, of_figures, all);
    add_columns(cells_file, of_cells, all);
    for (const auto& [name, meaning] : of_columns) {
      all.push_back({columns_file, name, "", "", meaning});
    }
    return all;
  }();
  return columns;
}

std::string fleet_table_head(std::string_view file) {
  std::string text;
  for (const FleetColumn& column : fleet_columns()) {
    if (column.file == file) text.append(text.empty() ? "" : ",").append(column.name);
  }
  return text + "\n";
}

std::string rows_of_runs(const FleetRun& run) {
  return row(of_runs, {run, nullptr, nullptr, {}, {}}) + "\n";
}

std::string rows_of_labels(const FleetRun& run) {
  std::string text;
  for (const auto& [name, value] : run.run.labels) {
    text += row(of_labels, {run, nullptr, nullptr, name, value}) + "\n";
  }
  return text;
}

std::string rows_of_figures(const FleetRun& run) {
  std::string text;
  std::array<std::string, of_figures.size()> of_cell;
  for (const FleetCell& cell : run.cells) {
    for (std::size_t i = 0; i < of_figures.size(); ++i) {
      if (of_figures[i].of_cell) of_cell[i] = of_figures[i].text({run, &cell, nullptr, {}, {}});
    }
    for (const FleetFigure& figure : cell.figures) {
      const Line line{run, &cell, &figure, {}, {}};
      for (std::size_t i = 0; i < of_figures.size(); ++i) {
        if (i > 0) text += ',';
        text += of_figures[i].of_cell ? of_cell[i] : of_figures[i].text(line);
      }
      text += '\n';
    }
  }
  return text;
}

std::string rows_of_columns(std::span<const FleetColumn> columns) {
  std::string text;
  for (const FleetColumn& column : columns) {
    text += fmt::format("{},{},{},{},{}\n", column.file, column.name, csv_text(column.unit),
                        column.better, csv_text(column.meaning));
  }
  return text;
}

std::string WideTable::draft(const FleetRun& run) {
  std::string text;
  for (const FleetCell& cell : run.cells) {
    text += row(of_cells, {run, &cell, nullptr, {}, {}});
    for (const FleetFigure& figure : cell.figures) {
      if (*figure.sentence == '\0') continue;  // of a newer build, or a runner's own
      const auto [known_place, added] =
          places_.emplace(Key{figure.name, to_string(figure.unit)}, columns_.size());
      if (added) columns_.emplace_back().unit = figure.unit;
      Column& column = columns_[known_place->second];
      column.better.insert(direction(figure.better));
      column.scenarios[figure.sentence].insert(cell.scenario);
      text += fmt::format("{}{}={}", field_mark, known_place->second, number(figure.median));
    }
    text += cell_mark;
  }
  return text;
}

void WideTable::use(std::string_view draft) {
  each_cell(draft, [this](std::string_view cell) {
    each_figure(cell, [this](std::size_t place, std::string_view /*value*/) {
      columns_.at(place).used = true;
    });
  });
}

std::vector<std::pair<std::string, const WideTable::Column*>> WideTable::named() const {
  std::set<std::string> taken;
  for (const Field& field : of_cells) taken.insert(field.name);
  std::vector<std::pair<std::string, const Column*>> names;
  names.reserve(columns_.size());
  for (const auto& [key, place] : places_) {
    if (!columns_[place].used) continue;
    const std::string name = name_of_column(key.first, key.second);
    std::string tried = name;
    for (int i = 2; !taken.insert(in_lower_case(tried)).second; ++i) {
      tried = fmt::format("{}_{}", name, i);
    }
    names.emplace_back(tried, &columns_[place]);
  }
  return names;
}

std::string WideTable::head() const {
  std::string text = fleet_table_head(cells_file);
  text.pop_back();
  for (const auto& [name, column] : named()) text += "," + name;
  return text + "\n";
}

std::string WideTable::rows(std::string_view draft) const {
  std::string text;
  std::vector<std::string_view> values(columns_.size());
  each_cell(draft, [&](std::string_view cell) {
    std::fill(values.begin(), values.end(), std::string_view());
    text += each_figure(
        cell, [&](std::size_t place, std::string_view value) { values.at(place) = value; });
    for (const auto& [key, place] : places_) {
      if (columns_[place].used) text.append(",").append(values[place]);
    }
    text += '\n';
  });
  return text;
}

std::vector<FleetColumn> WideTable::columns() const {
  std::vector<FleetColumn> all;
  for (const auto& [name, column] : named()) {
    std::vector<std::string> meanings;
    for (const auto& [sentence, scenarios] : column->scenarios) {
      meanings.push_back(column->scenarios.size() == 1
                             ? sentence
                             : fmt::format("{}: {}", fmt::join(scenarios, ", "), sentence));
    }
    all.push_back({cells_file, name, to_string(column->unit),
                   column->better.size() == 1 ? *column->better.begin() : "",
                   fmt::format("{}", fmt::join(meanings, " "))});
  }
  return all;
}

}  // namespace ipcmark
