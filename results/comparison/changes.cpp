#include "results/comparison/changes.hpp"

#include <fmt/format.h>

#include "results/comparison/comparison.hpp"
#include "results/figures/machine_states.hpp"
#include "results/figures/summary.hpp"

namespace ipcmark {
namespace {

std::string text_of(const Ratio& ratio) {
  const double percent = 100 * (ratio.ratio - 1);
  if (ratio.interval.coverage <= 0) return fmt::format("~{:+.1f}%", percent);
  const bool none = ratio.interval.low <= 1 && ratio.interval.high >= 1;
  return none ? "=" : fmt::format("{:+.1f}%", percent);
}

}  // namespace

std::map<std::string, std::string> changes_since(const ResultDocument& base,
                                                 const ResultDocument& now) {
  const Comparison comparison = compare_results(base, now, {}, {});
  const MachineView machine(now);
  std::map<std::string, std::string> changes;
  for (const Cell& cell : now.cells) {
    const std::string key = cell.spec.key();
    const Summary summary = summarize(cell, machine, now.catalogue);
    const Figure* main = main_figure(summary, now.catalogue.scenario(cell.spec.scenario));
    if (main == nullptr) continue;
    for (const ComparedFigure& each : comparison.figures) {
      if (each.key != key || each.name != main->name || each.quantile != main->quantile) continue;
      if (each.ratio.ratio > 0) changes[key] = text_of(each.ratio);
    }
  }
  return changes;
}

}  // namespace ipcmark
