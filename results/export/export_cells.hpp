// What the export formats share: the cells with figures to export, and how figures are named.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "results/export/export.hpp"
#include "results/figures/summary.hpp"
#include "results/model/trial.hpp"

namespace ipcmark {

struct ExportCell {
  const Cell* cell;  // of the document, which must outlive this
  std::string key;
  Summary summary;
  std::vector<const Trial*> published;  // the trials behind the figures
};

// Every cell, in the order of the document.
std::vector<ExportCell> export_cells(const ResultDocument& document);

// Whether its figures may be exported: nothing in it failed. (One that was skipped has none.)
bool sound(const ExportCell& cell);

// Those worth following from run to run, in the summary's order: the published ones except set-up,
// extremes, and what only says in another way what a tracked one says.
std::vector<const Figure*> tracked_figures(const Summary& summary);

// "p50", "p99.9", "rate", "cpu_per_message"; a quantile of anything but round trips carries the
// name of its histogram: "response_p50".
std::string figure_name(const Figure& figure);

// The sentence of a format that would be empty.
Exported nothing_to_export(const char* what);

}  // namespace ipcmark
