#include "results/export/csv.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

#include "results/figures/cost_figures.hpp"
#include "results/figures/machine_states.hpp"
#include "results/figures/published.hpp"
#include "results/figures/summary.hpp"
#include "results/model/cell_options.hpp"
#include "results/text/printable.hpp"

namespace ipcmark {
namespace {

std::string number_or_empty(std::int64_t value) {
  return value == 0 ? std::string{} : std::to_string(value);
}

// The shortest text that reads back as the same number.
std::string number(double value) { return std::isfinite(value) ? fmt::format("{}", value) : ""; }

constexpr std::array<Column, 20> columns{{
    {"run_id", "the run's id"},
    {"backend", "mechanism; empty for a cell over a lock alone"},
    {"scenario", "what was run"},
    {"size_bytes", "payload of one message"},
    {"senders", "sending processes"},
    {"receivers", "receiving processes; empty for a lock"},
    {"placement", "cross-cpu, same-cpu, unpinned, same-core or cross-socket"},
    {"wait", "block, spin or hybrid"},
    {"depth", "messages the channel was asked to hold; empty: the backend's own"},
    {"rate_offered", "messages offered in a second; empty: as fast as it goes"},
    {"trial", "round of the trial, from 0"},
    {"metric", "name of the figure; empty: the trial has none"},
    {"quantile", "of the trial's histogram; empty: not a quantile"},
    {"value", "in `unit`"},
    {"unit", "base unit"},
    {"n_samples", "measurements behind the value"},
    {"status", "state of the trial: passed, failed, skipped, timeout, deadlock, interrupted"},
    {"flags",
     "unsteady, canary-moved, other-state (of the machine, not the one the summary is from); "
     "saturated (the cell, in some trial); separated by semicolons"},
    {"key", "the cell's key, for --only"},
    {"reason", "why the trial did not pass, or its cell has no times"},
}};

struct Row {
  std::string metric, quantile, value;
  const char* unit = "";
  std::string samples;
};

class CellRows {
 public:
  CellRows(const ResultDocument& document, const Cell& cell, const MachineView& machine,
           std::string& out)
      : catalogue_(&document.catalogue),
        scenario_(cell.spec.scenario),
        saturated_(saturation_text(cell)),
        machine_(&machine),
        out_(&out) {
    const RunSpec& spec = cell.spec;
    const ScenarioFacts* facts = catalogue_->scenario(spec.scenario);
    const auto asked = [&](const char* name, std::int64_t otherwise) {
      const auto value = facts == nullptr ? std::nullopt : facts->option(spec, name);
      return value ? *value : spec.option(name, otherwise);
    };
    const std::int64_t processes = asked("processes", 1);
    const bool channel = !spec.backend.empty();
    front_ = fmt::format(
        "{},{},{},{},{},{},{},{},{},{}", csv_field(document.run.id), csv_field(spec.backend),
        csv_field(spec.scenario), spec.size, asked("senders", processes),
        channel ? std::to_string(asked("receivers", 1)) : "", to_string(spec.placement),
        to_string(spec.wait), number_or_empty(spec.depth), number_or_empty(asked("rate", 0)));
    key_ = csv_field(spec.key());
    for (const CellOption& option : cell_options()) {
      if (has_own_column(option)) back_ += "," + csv_field(cell_text(option, spec));
    }
    std::string options;
    for (const auto& [name, value] : spec.options) {
      options += fmt::format("{}{}={}", options.empty() ? "" : ";", name, value);
    }
    back_ += "," + csv_field(options);
  }

  FigureEntry entry(const std::string& name, Unit unit) const {
    return catalogue_->figure(scenario_, name, unit);
  }
  // Whether times of single messages may be shown of the cell (Summary::saturated).
  bool has_times() const { return saturated_.empty(); }
  void write(const Trial& trial, const Row& row) {
    std::string flags;
    const auto flag = [&flags](bool set, const char* name) {
      if (set) flags.append(flags.empty() ? "" : ";").append(name);
    };
    flag(!trial.steady, "unsteady");
    flag(trial.canary.unsteady, "canary-moved");
    flag(!machine_->fits(trial.canary), "other-state");
    flag(!saturated_.empty(), "saturated");
    const std::string& why = trial.reason.empty() ? saturated_ : trial.reason;
    *out_ += fmt::format("{},{},{},{},{},{},{},{},{},{},{}{}\n", front_, trial.round,
                         csv_field(row.metric), row.quantile, row.value, row.unit, row.samples,
                         to_string(trial.state), flags, key_, csv_field(why), back_);
  }

 private:
  const Catalogue* catalogue_;
  std::string scenario_;
  std::string saturated_;  // in how many trials; empty: in none
  const MachineView* machine_;
  std::string* out_;
  std::string front_;
  std::string key_;
  std::string back_;  // options of every cell that have a column, and the scenario's own
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
    std::vector<Column> made(columns.begin(), columns.end());
    for (const CellOption& option : cell_options()) {
      if (has_own_column(option)) made.push_back({option.name, option.help});
    }
    made.push_back(
        {"options", "the scenario's own, with the values it ran with: count=100;senders=4"});
    return made;
  }();
  return all;
}

std::string csv_field(std::string_view words) {
  std::string text = printable_lines(words);
  if (!text.empty() && std::string_view("=+-@\n").find(text.front()) != std::string_view::npos) {
    text.insert(0, 1, '\'');
  }
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
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
