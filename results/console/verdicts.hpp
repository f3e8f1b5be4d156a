// The correctness scenarios of a run: a compact matrix of verdicts.
#pragma once

#include <string>

#include "results/console/console.hpp"
#include "results/console/view.hpp"

namespace ipcmark {

// Empty when the view has none.
std::string verdict_section(const View& view, const ConsoleStyle& style);
// What stands in the matrix for one row: "15 ✓", "12 of 15, caught", "✗ FAILED 14 of 15".
std::string verdict_text(const ViewGroup& group, const ViewRow& row, const ConsoleStyle& style);

}  // namespace ipcmark
