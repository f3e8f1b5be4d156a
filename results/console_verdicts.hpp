// The correctness scenarios of a run: a compact matrix of verdicts.
#pragma once

#include <string>

#include "results/console.hpp"
#include "results/console_view.hpp"

namespace ipcmark {

// Empty when the view has none.
std::string verdict_section(const View& view, const ConsoleStyle& style);

}  // namespace ipcmark
