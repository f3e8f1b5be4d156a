#include "results/export/export_cells.hpp"

#include <fmt/format.h>

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

std::string time_name(const Figure& rate) {
  return rate.unit == Unit::messages_per_second ? "per_message" : "per_operation";
}

Exported nothing_to_export(const char* what) {
  return tl::make_unexpected(
      fmt::format("nothing to write: no cell of the result that passed has {}", what));
}

}  // namespace ipcmark
