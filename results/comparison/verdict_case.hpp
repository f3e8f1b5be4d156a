// A gated figure on its way to a verdict: what its values say of it, and what would decide where
// they do not. Pure functions of the figure's values, limit and clock step.
#pragma once

#include <cstddef>

#include "results/comparison/gate_statistics.hpp"

namespace ipcmark {

struct ComparedFigure;  // comparison.hpp

// Candidate over base, by the values as they were read; all of them positive.
Ratio ratio_of(const ComparedFigure& figure, bool rounds);
// For judge(), of a gated figure with positive values. Where the clock's step is too coarse for it,
// the interval is widened by the step and the tests are hardened by it.
Evidence evidence_of(const ComparedFigure& figure, bool rounds);
// Sets note and more_rounds of a figure that is INCONCLUSIVE or has TOO FEW ROUNDS: how far it is
// from a verdict, and what to change where no number of rounds or trials brings one. `tests`: how
// many there were at once, at the level `alpha`.
void explain(ComparedFigure& figure, bool rounds, std::size_t tests, double alpha);

}  // namespace ipcmark
