#include "results/export/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

#include "results/figures/cost_figures.hpp"
#include "results/figures/machine_states.hpp"
#include "results/figures/published.hpp"
#include "results/figures/summary.hpp"
#include "results/model/capabilities.hpp"
#include "results/model/cell_options.hpp"
#include "results/model/run_labels.hpp"
#include "results/text/printable.hpp"

namespace ipcmark {
namespace {

std::string number_or_empty(std::int64_t value) {
  return value == 0 ? std::string{} : std::to_string(value);
}

// The shortest text that reads back as the same number.
std::string number(double value) { return std::isfinite(value) ? fmt::format("{}", value) : ""; }

struct Row {
  std::string metric, quantile, value;
  const char* unit = "";
  std::string samples;
};

// What a line is made from.
struct Line {
  const ResultDocument& document;
  const RunSpec& spec;
  const MachineView& machine;
  const Trial& trial;
  const Row& row;
  bool lossy;                    // the mechanism may lose messages
  const std::string& saturated;  // in how many of the cell's trials; empty: in none

  // The value that the cell ran with, of an option that its scenario may lack.
  std::int64_t option(const char* name, std::int64_t default_value) const {
    const ScenarioFacts* facts = document.catalogue.scenario(spec.scenario);
    const auto value = facts == nullptr ? std::nullopt : facts->option(spec, name);
    return value ? *value : spec.option(name, default_value);
  }
};

std::string senders_of(const Line& of) {
  return std::to_string(of.option("senders", of.option("processes", of.option("pairs", 1))));
}

std::string receivers_of(const Line& of) {
  return of.spec.backend.empty() ? ""
                                 : std::to_string(of.option("receivers", of.option("pairs", 1)));
}

std::string flags_of(const Line& of) {
  std::string flags;
  const auto flag = [&flags](bool set, const char* name) {
    if (set) flags.append(flags.empty() ? "" : ";").append(name);
  };
  flag(!of.trial.steady, "unsteady");
  flag(of.machine.place_of(of.spec, of.trial).unsteady, "canary-moved");
  flag(!of.machine.fits(of.spec, of.trial), "other-state");
  flag(of.trial.granted.values.contains(poll_interval_name), "polled");
  flag(of.lossy, "lossy");
  flag(!of.saturated.empty(), "saturated");
  return flags;
}

std::string options_of(const RunSpec& spec) {
  std::string options;
  for (const auto& [name, value] : spec.options) {
    options += fmt::format("{}{}={}", options.empty() ? "" : ";", name, value);
  }
  return options;
}

// A column and what it holds, unquoted.
struct Field {
  Column column;
  std::string (*text)(const Line&);
  bool of_cell = false;  // the same in each line of a cell
};

constexpr auto fields = std::to_array<Field>({
    {{"run_id", "the run's id"}, [](const Line& of) { return of.document.run.id; }, true},
    {{"backend", "mechanism; empty for a cell over a lock alone"},
     [](const Line& of) { return of.spec.backend; },
     true},
    {{"scenario", "what was run"}, [](const Line& of) { return of.spec.scenario; }, true},
    {{"size_bytes", "payload of one message"},
     [](const Line& of) { return std::to_string(of.spec.size); },
     true},
    {{"senders", "sending processes"}, senders_of, true},
    {{"receivers", "receiving processes; empty for a lock"}, receivers_of, true},
    {{"placement", "cross-cpu, same-cpu, unpinned, same-core or cross-socket"},
     [](const Line& of) -> std::string { return to_string(of.spec.placement); },
     true},
    {{"wait", "block, spin, hybrid or poll"},
     [](const Line& of) -> std::string { return to_string(of.spec.wait); },
     true},
    {{"depth", "messages the channel was asked to hold; empty: the backend's own"},
     [](const Line& of) { return number_or_empty(of.spec.depth); },
     true},
    {{"rate_offered", "messages offered in a second; empty: as fast as it goes"},
     [](const Line& of) { return number_or_empty(of.option("rate", 0)); },
     true},
    {{"trial", "round of the trial, from 0"},
     [](const Line& of) { return std::to_string(of.trial.round); }},
    {{"metric", "name of the figure; empty: the trial has none"},
     [](const Line& of) { return of.row.metric; }},
    {{"quantile", "of the trial's histogram; empty: not a quantile"},
     [](const Line& of) { return of.row.quantile; }},
    {{"value", "in `unit`"}, [](const Line& of) { return of.row.value; }},
    {{"unit", "base unit"}, [](const Line& of) -> std::string { return of.row.unit; }},
    {{"n_samples", "measurements behind the value"}, [](const Line& of) { return of.row.samples; }},
    {{"status", "state of the trial: passed, failed, skipped, timeout, deadlock, interrupted"},
     [](const Line& of) -> std::string { return to_string(of.trial.state); }},
    {{"flags",
      "unsteady (no steady state after warm-up), canary-moved (the machine changed meanwhile, or "
      "could not be looked at), other-state (not in the state of the machine that is ranked), "
      "polled (receivers slept between looks), lossy (the mechanism may lose messages), saturated "
      "(the cell, in some trial); separated by "
      "semicolons"},
     flags_of},
    {{"key", "the cell's key, for --only"}, [](const Line& of) { return of.spec.key(); }, true},
    {{"reason", "why the trial did not pass, or its cell has no times"},
     [](const Line& of) { return of.trial.reason.empty() ? of.saturated : of.trial.reason; }},
});
constexpr Column options_column{
    "options", "the scenario's own, with the values it ran with: count=100;senders=4"};

// Of the run; the last columns.
struct RunField {
  Column column;
  std::string (*text)(const RunInfo&);
};
constexpr auto run_fields = std::to_array<RunField>({
    {{"host", "the name of the host (--host-name); empty: not asked for"},
     [](const RunInfo& run) { return run.host; }},
    {{"labels", "of the run (--label), by name: commit=4f2a9c1;kernel=6.1.0"},
     [](const RunInfo& run) { return labels_text(run.labels); }},
    {{"shard", "which part of the cells was run: 3/8 is the third of eight; empty: all"},
     [](const RunInfo& run) { return run.shard; }},
});

class CellRows {
 public:
  CellRows(const ResultDocument& document, const Cell& cell, const MachineView& machine,
           std::string& out)
      : document_(&document),
        spec_(&cell.spec),
        machine_(&machine),
        lossy_(declares(cell.capabilities, "lossy")),
        saturated_(saturation_text(cell)),
        out_(&out) {
    const RunSpec& spec = cell.spec;
    const Trial no_trial;
    const Row no_row;
    const Line of{document, spec, machine, no_trial, no_row, lossy_, saturated_};
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (fields[i].of_cell) of_cell_[i] = csv_field(fields[i].text(of));
    }
    for (const CellOption& option : cell_options()) {
      if (has_own_column(option)) back_ += "," + csv_field(cell_text(option, spec));
    }
    back_ += "," + csv_field(options_of(spec));
    for (const RunField& field : run_fields) back_ += "," + csv_field(field.text(document.run));
  }

  FigureEntry entry(const std::string& name, Unit unit) const {
    return document_->catalogue.figure(spec_->scenario, name, unit);
  }
  // Whether times of single messages may be shown of the cell (Summary::saturated).
  bool has_times() const { return saturated_.empty(); }
  void write(const Trial& trial, const Row& row) {
    const Line of{*document_, *spec_, *machine_, trial, row, lossy_, saturated_};
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (i > 0) *out_ += ',';
      // A negative number is a number and no formula.
      const bool value = fields[i].column.name == std::string_view("value");
      *out_ += fields[i].of_cell ? of_cell_[i] : value ? row.value : csv_field(fields[i].text(of));
    }
    *out_ += back_ + "\n";
  }

 private:
  const ResultDocument* document_;
  const RunSpec* spec_;
  const MachineView* machine_;
  bool lossy_;
  std::string saturated_;
  std::string* out_;
  std::array<std::string, fields.size()> of_cell_;
  std::string back_;  // all other columns
};

void write_histogram(const std::string& name, const Histogram& histogram, const Trial& trial,
                     CellRows& rows) {
  const std::string samples = std::to_string(histogram.count());
  const FigureEntry entry = rows.entry(name, Unit::nanoseconds);
  const char* unit = to_string(Unit::nanoseconds);
  // All that this trial carries; the rule for few trials concerns the summary only.
  for (const double q : published_quantiles(entry, ~0U)) {
    if (histogram.beyond(q) < samples_beyond) continue;
    rows.write(trial, {name, number(q), std::to_string(histogram.quantile(q)), unit, samples});
  }
  if (histogram.count() == 0 || entry.quantiles == Quantiles::median) return;
  rows.write(trial, {name + "_min", "", std::to_string(histogram.min()), unit, samples});
  rows.write(trial, {name + "_max", "", std::to_string(histogram.max()), unit, samples});
}

bool write_costs(const Trial& trial, CellRows& rows) {
  if (trial.costs.empty()) return false;
  const std::string processes = std::to_string(trial.costs.size());
  for (const CostFigure& each : cost_figures()) {
    const auto value = each.value(trial);
    if (!value) continue;
    rows.write(trial,
               {each.figure.name, "", number(*value), to_string(each.figure.unit), processes});
  }
  return true;
}

// False: nothing was checked.
bool write_integrity(const Trial& trial, CellRows& rows) {
  const Integrity& found = trial.integrity;
  if (found.checked == 0 && found.clean()) return false;
  for (const IntegrityField& each : integrity_fields()) {
    rows.write(trial, {each.figure.name, "", std::to_string(found.*each.value),
                       to_string(each.figure.unit), "1"});
  }
  return true;
}

// False: none was taken.
bool write_canary(const Trial& trial, CellRows& rows) {
  bool any = false;
  for (const CanaryField& each : canary_fields()) {
    const double value = trial.canary.*each.value;
    if (value == 0) continue;
    any = true;
    rows.write(trial, {each.figure.name, "", number(value), to_string(each.figure.unit), "1"});
  }
  return any;
}

void write_trial(const Trial& trial, CellRows& rows) {
  bool any = false;
  for (const auto& [name, histogram] : trial.histograms) {
    if (!rows.has_times()) break;
    any = any || histogram.count() > 0;
    write_histogram(name, histogram, trial, rows);
  }
  for (const Metric& metric : trial.metrics) {
    any = true;
    rows.write(trial, {metric.name, "", number(metric.value), to_string(metric.unit),
                       std::to_string(metric.samples)});
  }
  for (const auto& [name, value] : trial.counts) {
    any = true;
    const char* unit = to_string(rows.entry(name, Unit::count).unit);
    rows.write(trial, {name, "", std::to_string(value), unit, "1"});
  }
  any = write_costs(trial, rows) || any;
  any = write_integrity(trial, rows) || any;
  any = write_canary(trial, rows) || any;
  // What has no figure still has a row: a skipped cell must not vanish from a data frame.
  if (!any) rows.write(trial, {});
}

}  // namespace

std::span<const Column> csv_columns() {
  static const std::vector<Column> all = [] {
    std::vector<Column> made;
    made.reserve(fields.size() + cell_options().size() + 1 + run_fields.size());
    for (const Field& field : fields) made.push_back(field.column);
    for (const CellOption& option : cell_options()) {
      if (has_own_column(option)) made.push_back({option.name, option.help});
    }
    made.push_back(options_column);
    for (const RunField& field : run_fields) made.push_back(field.column);
    return made;
  }();
  return all;
}

namespace {

// Stands for itself in CSV. Most fields do, of which a merge writes millions.
bool is_plain(std::string_view words) {
  const auto plain = [](char c) { return c >= ' ' && c <= '~' && c != ',' && c != '"'; };
  return std::all_of(words.begin(), words.end(), plain);
}

}  // namespace

std::string csv_text(std::string_view words) {
  if (is_plain(words)) return std::string(words);
  std::string text = printable_lines(words);
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string csv_field(std::string_view words) {
  const bool formula =
      !words.empty() && std::string_view("=+-@\n").find(words.front()) != std::string_view::npos;
  return formula ? csv_text("'" + std::string(words)) : csv_text(words);
}

std::string result_to_csv(const ResultDocument& document) {
  std::string out;
  for (const Column& column : csv_columns()) {
    out.append(out.empty() ? "" : ",").append(column.name);
  }
  out += "\n";
  const MachineView machine(document);
  for (const Cell& cell : document.cells) {
    CellRows rows(document, cell, machine, out);
    for (const Trial& trial : cell.trials) write_trial(trial, rows);
  }
  return out;
}

}  // namespace ipcmark
