#include "results/export/export_cells.hpp"

#include <fmt/format.h>

namespace ipcmark {

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

bool sound(const ExportCell& cell) { return cell.summary.not_passed == 0; }

Exported nothing_to_export(const char* what) {
  return tl::make_unexpected(
      fmt::format("nothing to write: no cell of the result that passed has {}", what));
}

}  // namespace ipcmark
