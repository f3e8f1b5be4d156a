// The matrix of `ipcmark check`: scenarios by mechanisms, what was skipped and why, what was found.
#pragma once

#include <string>

#include "results/console/console.hpp"

namespace ipcmark {

std::string check_to_console(const ResultDocument& document, const ConsoleStyle& style);

}  // namespace ipcmark
