// Google Benchmark's JSON as its compare.py reads it: each trial of a cell is one repetition of the
// benchmark named by cell and figure. compare.py wants both times in every entry, so a trial
// without its processes' cost has none. What must be known of a figure stands in the one label that
// an entry has.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <map>
#include <optional>
#include <system_error>

#include "results/export/export_cells.hpp"
#include "results/figures/cost_figures.hpp"
#include "results/figures/published.hpp"
#include "results/json/json_text.hpp"

namespace ipcmark {
namespace {

// The trial's own value of a figure as a time; nothing when it is none.
std::optional<double> time_ns(const Trial& trial, const Figure& figure) {
  const auto value = trial_value(trial, figure.name, figure.quantile);
  if (!value) return std::nullopt;
  if (is_time(figure.unit)) return *value * row_of(figure.unit).in_base;
  if (is_rate(figure.unit) && *value > 0) return 1e9 / *value;
  return std::nullopt;
}

std::optional<double> cpu_ns(const Trial& trial) {
  if (trial.costs.empty()) return std::nullopt;
  const auto each = trial_value(trial, "cpu_per_message", -1);
  return each ? *each : mechanism_cpu_ns(trial);
}

std::uint64_t samples_of(const Trial& trial, const Figure& figure) {
  const auto found = trial.histograms.find(figure.name);
  if (figure.quantile >= 0 && found != trial.histograms.end()) return found->second.count();
  const Metric* metric = trial.metric(figure.name);
  return metric == nullptr ? 1 : metric->samples;
}

void add_entries(const ExportCell& cell, const Figure& figure, Json& entries) {
  const bool rate = is_rate(figure.unit);
  const std::string name = cell.key + "/" + (rate ? time_name(figure) : figure_name(figure));
  std::vector<const Trial*> trials;
  for (const Trial* trial : cell.published) {
    if (time_ns(*trial, figure) && cpu_ns(*trial)) trials.push_back(trial);
  }
  // compare.py sorts by family and repetition; one family a benchmark keeps our order.
  const std::size_t family =
      entries.empty() ? 0 : entries.back()["family_index"].get<std::size_t>() + 1;
  const std::string label = fmt::format("{}", fmt::join(marks_of(cell, figure), "; "));
  for (std::size_t i = 0; i < trials.size(); ++i) {
    Json entry = {{"name", name},
                  {"family_index", family},
                  {"per_family_instance_index", 0},
                  {"run_name", name},
                  {"run_type", "iteration"},
                  {"repetitions", trials.size()},
                  {"repetition_index", i},
                  {"threads", trials[i]->costs.size()},
                  {"iterations", samples_of(*trials[i], figure)},
                  {"real_time", *time_ns(*trials[i], figure)},
                  {"cpu_time", *cpu_ns(*trials[i])},
                  {"time_unit", to_string(Unit::nanoseconds)}};
    if (rate) entry["items_per_second"] = *trial_value(*trials[i], figure.name, figure.quantile);
    if (!label.empty()) entry["label"] = label;
    entries.push_back(std::move(entry));
  }
}

Json context_of(const ResultDocument& document) {
  Json context = {{"date", document.run.finished},
                  {"executable", "ipcmark"},
                  {"caches", Json::array()},
                  {"library_build_type", "release"},
                  {"ipcmark_version", document.run.version},
                  {"ipcmark_run", document.run.id},
                  {"ipcmark_suite", document.run.suite}};
  if (!document.run.host.empty()) context["host_name"] = document.run.host;
  if (!document.run.shard.empty()) context["ipcmark_shard"] = document.run.shard;
  for (const auto& [name, value] : document.run.labels) context["ipcmark_label_" + name] = value;
  const std::string cpus = document.environment.get("cpu", "online");
  std::uint32_t count = 0;
  const auto [end, error] = std::from_chars(cpus.data(), cpus.data() + cpus.size(), count);
  if (error == std::errc{} && end == cpus.data() + cpus.size()) context["num_cpus"] = count;
  return context;
}

}  // namespace

Exported export_gbench(const ExportInput& input) {
  Json entries = Json::array();
  for (const ExportCell& cell : export_cells(input.results.front())) {
    if (!sound(cell)) continue;
    for (const Figure* figure : tracked_figures(cell.summary)) {
      // What is derived from the costs stands in every entry as cpu_time.
      if (figure->entry.as != Recorded::derived) add_entries(cell, *figure, entries);
    }
  }
  if (entries.empty()) return nothing_to_export("a time and its CPU cost");
  std::string out = "{\n\"context\": " + one_line(context_of(input.results.front()));
  out += ",\n\"benchmarks\": [";
  const char* separator = "\n";
  for (const Json& entry : entries) {
    out.append(separator).append(one_line(entry));
    separator = ",\n";
  }
  return out + "\n]\n}\n";
}

}  // namespace ipcmark
