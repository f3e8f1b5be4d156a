// A second look at what was flagged: a pure function over two comparisons.
#pragma once

#include <set>
#include <string>

#include "results/comparison/comparison.hpp"

namespace ipcmark {

// The cells with a REGRESSION; with `improvements` those with an IMPROVED, too.
std::set<std::string> flagged_cells(const Comparison& comparison, bool improvements = false);

// `again`: the flagged cells measured in fresh rounds, and judged among themselves. A REGRESSION
// (or what else is flagged) stays one where the fresh rounds say the same, is INCONCLUSIVE where
// they do not, and TOO FEW ROUNDS where they are; the note says what they saw. What failed in the
// fresh rounds, or was missing there, has failed or is missing; their void rounds are void rounds.
void confirm(Comparison& first, const Comparison& again, bool improvements = false);

}  // namespace ipcmark
