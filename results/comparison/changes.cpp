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

// Of every cell, by key: "failed then" where it did not pass in each trial; empty where it did.
std::map<std::string, std::string> how_before(const ResultDocument& base) {
  const MachineView machine(base);
  std::map<std::string, std::string> states;
  for (const Cell& cell : base.cells) {
    const Summary summary = summarize(cell, machine, base.catalogue);
    const std::string word = to_string(summary.state);
    states.emplace(cell.spec.key(), summary.not_passed == 0 ? "" : word + " then");
  }
  return states;
}

std::string change_of(const Comparison& comparison, const std::string& key, const Figure& main) {
  for (const ComparedFigure& each : comparison.figures) {
    if (each.key != key || each.name != main.name || each.quantile != main.quantile) continue;
    if (each.ratio.ratio > 0) return text_of(each.ratio);
  }
  return "incomparable";
}

}  // namespace

std::map<std::string, std::string> changes_since(const ResultDocument& base,
                                                 const ResultDocument& now) {
  const Comparison comparison = compare_results(base, now, {}, {});
  const MachineView machine(now);
  const std::map<std::string, std::string> earlier = how_before(base);
  std::map<std::string, std::string> changes;
  for (const Cell& cell : now.cells) {
    const std::string key = cell.spec.key();
    const Summary summary = summarize(cell, machine, now.catalogue);
    const Figure* main = main_figure(summary, now.catalogue.scenario(cell.spec.scenario));
    if (main == nullptr) continue;
    const auto before = earlier.find(key);
    // The trials that went well say nothing of a cell that may not carry what it is given.
    if (summary.not_passed > 0) {
      changes[key] = to_string(summary.state);
    } else if (before == earlier.end()) {
      changes[key] = "new";
    } else {
      changes[key] = before->second.empty() ? change_of(comparison, key, *main) : before->second;
    }
  }
  return changes;
}

}  // namespace ipcmark
