// What a comparison of one cell is made of: the trials that take part, and their figures.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "results/comparison/comparison.hpp"

namespace ipcmark {

struct Material {
  std::vector<const Trial*> base, candidate;              // of two that took turns: in pairs
  std::vector<const Trial*> shown_base, shown_candidate;  // of the commonest state: for the medians
  std::vector<std::vector<const Trial*>> repeats;
  unsigned unfinished = 0;  // rounds, or trials of stored results, that did not pass
  unsigned moved = 0;       // passed, but the machine changed its state, or was in another
  // Set: no trial takes part, because the canaries of the two sides watched these, and no pair
  // both.
  std::vector<int> base_cpus, candidate_cpus;
};
// The trials belong to the cells.
Material material_of(const CellPair& pair, const ComparisonOptions& options);
// Why one side, or neither, has a trial that takes part.
std::string why_none(const Material& material);

// The figure's value in each trial; nothing when one lacks it, or has too few samples for it.
std::vector<double> values_of(const std::vector<const Trial*>& trials,
                              const ComparedFigure& figure);
// In how many of the trials it is there.
std::size_t trials_with(const std::vector<const Trial*>& trials, const ComparedFigure& figure);
// Whether any trial measured it at all, be it with too few samples.
bool measured_in(const std::vector<const Trial*>& trials, const ComparedFigure& figure);

// Every figure that a passed trial of the cell has, named, and without values.
std::vector<ComparedFigure> figures_of(const std::string& key, const Cell& cell,
                                       const Catalogue& catalogue);
// The one that stands for the whole cell where its values do not: of the scenario's headlines the
// first that a trial has, else the first declared figure. Named, and without values.
ComparedFigure figure_for_all(const CellPair& pair, const Catalogue& catalogue);

// The first trial that failed, whatever ended it; null: none did.
const Trial* first_failed(const Cell& cell);
// "KEY: failed: 3 messages were lost": how the cell failed, if it did.
std::optional<std::string> failure_in(const std::string& key, const Cell& cell);
// "skipped in 8 of 20 trials (the base: in 0 of 20): EMFILE …": of a cell that the candidate could
// not run as often as the base; empty: it could.
std::string skipped_more_often(const CellPair& pair);

}  // namespace ipcmark
