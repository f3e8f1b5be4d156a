// An explanation as text for a terminal.
#pragma once

#include <string>
#include <vector>

#include "results/console/console.hpp"
#include "results/explain/explanation.hpp"

namespace ipcmark {

// Above it a path is shown by kinds of work instead of one by one.
inline constexpr std::size_t longest_waterfall = 40;

// `paths`: how many of the commonest are drawn, one at least. Several cells are followed by a table
// of where they differ.
std::string to_console(const std::vector<Explanation>& explanations, std::size_t paths,
                       const ConsoleStyle& style);

}  // namespace ipcmark
