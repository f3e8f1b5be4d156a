#include "results/export/export_cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "results/console/view.hpp"
#include "results/figures/published.hpp"

namespace ipcmark {

std::vector<ExportCell> export_cells(const ResultDocument& document) {
  const MachineView machine(document);
  std::vector<ExportCell> cells;
  cells.reserve(document.cells.size());
  for (const Cell& cell : document.cells) {
    cells.push_back({&cell, cell.spec.key(), summarize(cell, machine, document.catalogue),
                     published_trials(cell, machine)});
  }
  return cells;
}

bool sound(const ExportCell& cell) { return cell.summary.not_passed == 0; }

std::vector<std::string> marks_of(const ExportCell& cell, const Figure& figure) {
  const Summary& summary = cell.summary;
  std::vector<std::string> marks;
  if (!summary.comparable) {
    marks.emplace_back(summary.machine_state_ns > 0
                           ? "another machine state"
                           : "one trial, in which the machine changed or could not be looked at");
  }
  if (summary.saturated > 0) marks.push_back(summary.reason);
  if (!figure.groups.empty()) {
    marks.push_back(figure_name(figure) + " in two groups of trials: " + groups_text(figure, true));
  }
  return marks;
}

std::string time_name(const Figure& rate) {
  return rate.unit == Unit::messages_per_second ? "per_message" : "per_operation";
}

void add_column(const Figure& figure, std::string header, std::vector<FigureColumn>& columns) {
  const auto same = [&](const FigureColumn& column) {
    return column.name == figure.name && column.quantile == figure.quantile;
  };
  if (std::any_of(columns.begin(), columns.end(), same)) return;
  columns.push_back({figure.name, figure.quantile, std::move(header)});
}

Exported nothing_to_export(const char* what) {
  return tl::make_unexpected(
      fmt::format("nothing to write: no cell of the result that passed has {}", what));
}

}  // namespace ipcmark
