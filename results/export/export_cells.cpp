#include "results/export/export_cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace ipcmark {
namespace {

constexpr std::array<std::string_view, 13> side_figures{
    {"user_per_message", "system_per_message", "create_ns", "spawn_ns", "open_ns",
     "batch_mean_overall", "first_message_ns", "bytes_rate", "cpus_busy", "switches_per_message",
     "page_faults", "peak_bytes", "context_switches"}};

bool tracked(const Figure& figure) {
  if (figure.needs != 0 || !std::isfinite(figure.median)) return false;
  if (figure.quantile >= 0) return true;
  const std::string_view name = figure.name;
  if (name.ends_with("_min") || name.ends_with("_max")) return false;
  return std::find(side_figures.begin(), side_figures.end(), name) == side_figures.end();
}

}  // namespace

std::vector<ExportCell> export_cells(const ResultDocument& document) {
  const MachineView machine(document);
  std::vector<ExportCell> cells;
  cells.reserve(document.cells.size());
  for (const Cell& cell : document.cells) {
    cells.push_back(
        {&cell, cell.spec.key(), summarize(cell, machine), published_trials(cell, machine)});
  }
  return cells;
}

bool sound(const ExportCell& cell) { return !is_failure(cell.summary.state); }

std::vector<const Figure*> tracked_figures(const Summary& summary) {
  std::vector<const Figure*> chosen;
  for (const Figure& figure : summary.figures) {
    if (tracked(figure)) chosen.push_back(&figure);
  }
  return chosen;
}

std::string figure_name(const Figure& figure) {
  if (figure.quantile < 0 || figure.name == "batch_mean") return figure.name;
  const std::string percent = fmt::format("p{:.10g}", figure.quantile * 100);
  return figure.name == "round_trip" ? percent : figure.name + "_" + percent;
}

Exported nothing_to_export(const char* what) {
  return tl::make_unexpected(
      fmt::format("nothing to write: no cell of the result that passed has {}", what));
}

}  // namespace ipcmark
