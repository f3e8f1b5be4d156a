// Two cells of thirty rounds, compared round by round.
#pragma once

#include <vector>

#include "results/comparison/comparison.hpp"

namespace ipcmark {

ResultDocument document_of(std::vector<Cell> cells);

// Of round trips that take about so many ns in each.
Comparison rounds_of(double base, double candidate);

// Throws std::logic_error when the comparison has none. Belongs to `comparison`.
const ComparedFigure& median_trip(const Comparison& comparison);

}  // namespace ipcmark
