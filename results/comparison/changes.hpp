// A run beside a stored one, for the eye: how much each cell's main figure changed. No verdict: one
// stored run and one new one say little about a build (comparison.hpp judges).
#pragma once

#include <map>
#include <string>

#include "results/model/trial.hpp"

namespace ipcmark {

// "+3.1%" by the cell's key: of the main figure, whichever way is better. "=": its interval holds
// no change. "~+3.1%": too few trials for an interval. Cells that the base has not are left out.
// The two documents must have been found comparable (fingerprint.hpp).
std::map<std::string, std::string> changes_since(const ResultDocument& base,
                                                 const ResultDocument& now);

}  // namespace ipcmark
