#include "results/csv.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>

#include "results/cost_figures.hpp"
#include "results/fields.hpp"
#include "results/machine_view.hpp"

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
  }

  void write(const Trial& trial, const Row& row) {
    std::string flags;
    const auto flag = [&flags](bool set, const char* name) {
      if (set) flags.append(flags.empty() ? "" : ";").append(name);
    };
    flag(!trial.steady, "unsteady");
    flag(trial.canary.unsteady, "canary-moved");
    flag(!machine_->fits(trial.canary), "other-state");
    *out_ += fmt::format("{},{},{},{},{},{},{},{},{},{},{}\n", front_, trial.round,
                         csv_field(row.metric), row.quantile, row.value, row.unit, row.samples,
                         to_string(trial.state), flags, key_, csv_field(trial.reason));
  }

 private:
  const MachineView* machine_;
  std::string* out_;
  std::string front_;
  std::string key_;
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
  std::array<std::uint64_t, 4> cost{};
  for (const ProcessCost& each : trial.costs) {
    cost[0] += each.user_ns;
    cost[1] += each.system_ns;
    cost[2] += each.voluntary_switches + each.involuntary_switches;
    cost[3] += each.peak_bytes;
  }
  if (!trial.costs.empty()) {
    any = true;
    const std::string processes = std::to_string(trial.costs.size());
    rows.write(trial, {"user_ns", "", std::to_string(cost[0]), "ns", processes});
    rows.write(trial, {"system_ns", "", std::to_string(cost[1]), "ns", processes});
    rows.write(trial, {"context_switches", "", std::to_string(cost[2]), "count", processes});
    rows.write(trial, {"peak_bytes", "", std::to_string(cost[3]), "B", processes});
    for (const char* name :
         {"cpu_per_message", "user_per_message", "system_per_message", "switches_per_message"}) {
      const auto value = cost_figure(trial, name);
      if (value) rows.write(trial, {name, "", number(*value), figure_field(name)->unit, processes});
    }
  }
  // What has no figure still has a row: a skipped cell must not vanish from a data frame.
  if (!any) rows.write(trial, {});
}

}  // namespace

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
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
