#include "results/export/csv.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "results/figures/cost_figures.hpp"
#include "results/figures/fields.hpp"
#include "results/figures/machine_states.hpp"
#include "results/model/cell_options.hpp"
#include "results/text/printable.hpp"

namespace ipcmark {
namespace {

std::string number_or_empty(std::int64_t value) {
  return value == 0 ? std::string{} : std::to_string(value);
}

// The shortest text that reads back as the same number.
std::string number(double value) { return std::isfinite(value) ? fmt::format("{}", value) : ""; }

struct Row {
  std::string metric, quantile, value, unit, samples;
};

class CellRows {
 public:
  CellRows(const RunInfo& run, const RunSpec& spec, const MachineView& machine, std::string& out)
      : machine_(&machine), out_(&out) {
    const std::int64_t processes = spec.option("processes", 1);
    const bool channel = !spec.backend.empty();
    front_ = fmt::format(
        "{},{},{},{},{},{},{},{},{},{}", csv_field(run.id), csv_field(spec.backend),
        csv_field(spec.scenario), spec.size, spec.option("senders", processes),
        channel ? std::to_string(spec.option("receivers", 1)) : "", to_string(spec.placement),
        to_string(spec.wait), number_or_empty(spec.depth), number_or_empty(spec.option("rate", 0)));
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

  void write(const Trial& trial, const Row& row) {
    std::string flags;
    const auto flag = [&flags](bool set, const char* name) {
      if (set) flags.append(flags.empty() ? "" : ";").append(name);
    };
    flag(!trial.steady, "unsteady");
    flag(trial.canary.unsteady, "canary-moved");
    flag(!machine_->fits(trial.canary), "other-state");
    *out_ += fmt::format("{},{},{},{},{},{},{},{},{},{},{}{}\n", front_, trial.round,
                         csv_field(row.metric), row.quantile, row.value, csv_field(row.unit),
                         row.samples, to_string(trial.state), flags, key_, csv_field(trial.reason),
                         back_);
  }

 private:
  const MachineView* machine_;
  std::string* out_;
  std::string front_;
  std::string key_;
  std::string back_;  // options of every cell that have a column, and the scenario's own
};

void write_histogram(const std::string& name, const Histogram& histogram, const Trial& trial,
                     CellRows& rows) {
  const std::string samples = std::to_string(histogram.count());
  const bool batches = name == "batch_mean";
  // All that this trial carries; the rule for few trials concerns the summary only.
  for (const double q : published_quantiles(~0U)) {
    if (histogram.beyond(q) < samples_beyond || (batches && q != 0.5)) continue;
    rows.write(trial, {name, number(q), std::to_string(histogram.quantile(q)), "ns", samples});
  }
  if (histogram.count() == 0 || batches) return;
  rows.write(trial, {name + "_min", "", std::to_string(histogram.min()), "ns", samples});
  rows.write(trial, {name + "_max", "", std::to_string(histogram.max()), "ns", samples});
}

bool write_costs(const Trial& trial, CellRows& rows) {
  if (trial.costs.empty()) return false;
  std::array<std::uint64_t, 3> sums{};
  for (const ProcessCost& each : trial.costs) {
    sums[0] += each.user_ns;
    sums[1] += each.system_ns;
    sums[2] += each.voluntary_switches + each.involuntary_switches;
  }
  const std::string processes = std::to_string(trial.costs.size());
  rows.write(trial, {"user_ns", "", std::to_string(sums[0]), "ns", processes});
  rows.write(trial, {"system_ns", "", std::to_string(sums[1]), "ns", processes});
  rows.write(trial, {"context_switches", "", std::to_string(sums[2]), "count", processes});
  for (const char* name : cost_figures()) {
    const auto value = cost_figure(trial, name);
    if (value) rows.write(trial, {name, "", number(*value), figure_field(name)->unit, processes});
  }
  return true;
}

template <class Value>
using NamedValues = std::initializer_list<std::pair<const char*, Value>>;

// False: nothing was checked.
bool write_integrity(const Trial& trial, CellRows& rows) {
  const Integrity& found = trial.integrity;
  if (found.checked == 0 && found.clean()) return false;
  for (const auto& [name, value] :
       NamedValues<std::uint64_t>{{"checked", found.checked},
                                  {"lost", found.lost},
                                  {"duplicated", found.duplicated},
                                  {"reordered", found.reordered},
                                  {"corrupted", found.corrupted},
                                  {"wrong_length", found.wrong_length}}) {
    rows.write(trial, {name, "", std::to_string(value), "count", "1"});
  }
  return true;
}

// False: none was taken.
bool write_canary(const Trial& trial, CellRows& rows) {
  const Canary& canary = trial.canary;
  bool any = false;
  for (const auto& [name, value] :
       NamedValues<double>{{"core_to_core_before_ns", canary.core_to_core_before_ns},
                           {"core_to_core_after_ns", canary.core_to_core_after_ns},
                           {"spin_before_ns", canary.spin_before_ns},
                           {"spin_after_ns", canary.spin_after_ns}}) {
    if (value == 0) continue;
    any = true;
    rows.write(trial, {name, "", number(value), "ns", "1"});
  }
  return any;
}

void write_trial(const Trial& trial, CellRows& rows) {
  bool any = false;
  for (const auto& [name, histogram] : trial.histograms) {
    any = any || histogram.count() > 0;
    write_histogram(name, histogram, trial, rows);
  }
  for (const Metric& metric : trial.metrics) {
    any = true;
    rows.write(trial, {metric.name, "", number(metric.value), metric.unit,
                       std::to_string(metric.samples)});
  }
  for (const auto& [name, value] : trial.counts) {
    any = true;
    rows.write(trial, {name, "", std::to_string(value), "count", "1"});
  }
  any = write_costs(trial, rows) || any;
  any = write_integrity(trial, rows) || any;
  any = write_canary(trial, rows) || any;
  // What has no figure still has a row: a skipped cell must not vanish from a data frame.
  if (!any) rows.write(trial, {});
}

}  // namespace

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
    CellRows rows(document.run, cell.spec, machine, out);
    for (const Trial& trial : cell.trials) write_trial(trial, rows);
  }
  return out;
}

}  // namespace ipcmark
