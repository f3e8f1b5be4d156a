// Bencher Metric Format: {"benchmark": {"measure": {"value", "lower_value", "upper_value"}}}. The
// built-in measures are `latency` in ns and `throughput` in operations a second; any other name is
// made on first use.
#include "results/export/export_cells.hpp"
#include "results/figures/published.hpp"
#include "results/json/json_text.hpp"

namespace ipcmark {
namespace {

// Measures are found by their slug: small letters, digits and hyphens.
std::string slug(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!fits) c = '-';
  }
  return text;
}

std::string measure(const Figure& figure) {
  const bool times = figure.entry.headline && figure.entry.plain_quantile;
  if (times && figure.quantile == 0.5) return "latency";
  if (times && figure.quantile >= 0) return slug("latency-" + figure_name(figure));
  if (figure.entry.headline && figure.unit == Unit::messages_per_second) return "throughput";
  return slug(figure_name(figure));
}

}  // namespace

Exported export_bencher(const ExportInput& input) {
  Json benchmarks = Json::object();
  for (const ExportCell& cell : export_cells(input.results.front())) {
    if (!sound(cell)) continue;
    Json measures = Json::object();
    for (const Figure* figure : tracked_figures(cell.summary)) {
      // What lies between two groups of trials is no value of either: both stand beside it.
      if (!figure->groups.empty()) {
        measures[measure(*figure) + "-low-group"] = {{"value", figure->groups[0].median}};
        measures[measure(*figure) + "-high-group"] = {{"value", figure->groups[1].median}};
      }
      Json& value = measures[measure(*figure)] = {{"value", figure->median}};
      if (!(figure->coverage > 0)) continue;  // a mere range of too few trials
      value["lower_value"] = figure->low;
      value["upper_value"] = figure->high;
    }
    // So that a threshold can be set on what takes the times away.
    if (cell.summary.saturated > 0) {
      measures["saturated-trials"] = {{"value", cell.summary.saturated}};
    }
    // So that a point beside the others can be told from a change.
    if (!measures.empty() && !cell.summary.comparable) {
      measures["other-machine-state"] = {{"value", 1}};
    }
    if (!measures.empty()) benchmarks[cell.key] = std::move(measures);
  }
  if (benchmarks.empty()) return nothing_to_export("a figure");
  return several_lines(benchmarks) + "\n";
}

}  // namespace ipcmark
