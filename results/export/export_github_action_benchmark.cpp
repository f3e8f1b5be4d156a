// The input of benchmark-action/github-action-benchmark with `tool: customSmallerIsBetter`: an
// array of {name, unit, value, range, extra}. Everything in it must be better when smaller, so a
// rate becomes the time per message; what is neither a time nor a rate is left out.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "results/console/view.hpp"
#include "results/export/export_cells.hpp"
#include "results/figures/published.hpp"
#include "results/json/json_text.hpp"
#include "results/model/run_labels.hpp"

namespace ipcmark {
namespace {

std::string extra(const ExportCell& cell, const Figure& figure, const RunInfo& run) {
  std::string text = fmt::format("median of {} trials, {} samples", figure.trials, figure.samples);
  text += figure.coverage > 0
              ? fmt::format("\nrange: interval that covers the true median with {:.1f} %",
                            100 * figure.coverage)
              : "\nrange: of the trials, too few for an interval";
  if (!cell.summary.comparable) text += "\nmeasured in another machine state than most cells";
  if (cell.summary.saturated > 0) text += "\n" + cell.summary.reason;
  if (!figure.groups.empty()) text += "\ntwo groups of trials: " + groups_text(figure, true);
  if (cell.summary.unsteady > 0) text += fmt::format("\n{} trials unsteady", cell.summary.unsteady);
  text += "\nipcmark " + run.version + ", run " + run.id;
  const std::vector<std::string> words = origin_words(run);
  return words.empty() ? text : text + fmt::format("\n{}", fmt::join(words, ", "));
}

void add_entry(const ExportCell& cell, const Figure& figure, const RunInfo& run, Json& entries) {
  double value = figure.median;
  double low = figure.low;
  double high = figure.high;
  std::string name = figure_name(figure);
  Unit unit = figure.unit;
  if (is_rate(unit)) {
    if (!(figure.low > 0)) return;
    value = 1e9 / figure.median;
    low = 1e9 / figure.high;
    high = 1e9 / figure.low;
    name = time_name(figure);
    unit = Unit::nanoseconds;
  } else if (figure.entry.better != Better::lower) {
    return;
  }
  entries.push_back({{"name", cell.key + "/" + name},
                     {"unit", to_string(unit)},
                     {"value", value},
                     {"range", fmt::format("{:.6g} to {:.6g}", low, high)},
                     {"extra", extra(cell, figure, run)}});
}

}  // namespace

Exported export_github_action_benchmark(const ExportInput& input) {
  Json entries = Json::array();
  for (const ExportCell& cell : export_cells(input.results.front())) {
    if (!sound(cell)) continue;
    for (const Figure* figure : tracked_figures(cell.summary)) {
      add_entry(cell, *figure, input.results.front().run, entries);
    }
  }
  // The action fails on an empty array.
  if (entries.empty()) return nothing_to_export("a time or a rate");
  return several_lines(entries) + "\n";
}

}  // namespace ipcmark
