// A run beside a stored one, for the eye: how much each cell's main figure changed. No verdict: one
// stored run and one new one say little about a build (comparison.hpp judges).
#pragma once

#include <map>
#include <string>

#include "results/model/trial.hpp"

namespace ipcmark {

// "+3.1%" by the cell's key: of the main figure, whichever way is better. "=": its interval holds
// no change. "~+3.1%": too few trials for an interval. In place of a change: "failed", where it did
// not pass in every trial; "failed then", where it did not in the base; "new", where the base has
// no such cell; "incomparable", where the base has no figure to hold it against, or has it from
// another state of the machine. Cells without a main figure are left out.
// The two documents must have been found comparable (fingerprint.hpp).
std::map<std::string, std::string> changes_since(const ResultDocument& base,
                                                 const ResultDocument& now);

}  // namespace ipcmark
