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

// Whether its figures may be exported: it passed in every trial.
bool sound(const ExportCell& cell);

// What whoever reads that figure must know of it: "another machine state", "saturated in 2 of 6
// trials", "p50 in two groups of trials: 5.10 µs (11), 8.90 µs (9)". Empty: nothing.
std::vector<std::string> marks_of(const ExportCell& cell, const Figure& figure);

// What a rate is called as the time of one: "per_message", "per_operation".
std::string time_name(const Figure& rate);

// A column of a table of cells, and the figure that it shows.
struct FigureColumn {
  std::string name;
  double quantile;
  std::string header;
};
// Nothing where there is a column for that figure.
void add_column(const Figure& figure, std::string header, std::vector<FigureColumn>& columns);

// The sentence of a format that would be empty.
Exported nothing_to_export(const char* what);

}  // namespace ipcmark
