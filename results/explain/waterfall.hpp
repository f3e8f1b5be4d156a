// An explanation as text for a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "results/console/console.hpp"
#include "results/explain/explained.hpp"

namespace ipcmark {

// Above it a path is shown by kinds of work instead of one by one.
inline constexpr std::size_t longest_waterfall = 40;

// `paths`: how many of the commonest are drawn; 0: those that a fifth of the trips or more took,
// one at least and three at most.
std::string to_console(const std::vector<Explanation>& explanations, std::size_t paths,
                       const ConsoleStyle& style);

// A table of where the cells differ, and what changed from the first to each other one in a
// sentence. Fewer than two: empty.
std::string side_by_side_to_console(const std::vector<ExplainedCell>& cells,
                                    const ConsoleStyle& style);

// What was found of each cell in its sentences alone, below a table of results. None: empty.
std::string explained_to_console(const std::vector<ExplainedCell>& cells,
                                 const ConsoleStyle& style);

// One trip by itself, segment by segment. `trip`: its place in the timeline.
std::string long_trip_to_console(const std::string& key, const Timeline& timeline, std::size_t trip,
                                 std::uint32_t round, const ConsoleStyle& style);

}  // namespace ipcmark
