// The options that were named: what they may be, what they make of a cell, and whether they mean
// anything to it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "scenarios/plan/request.hpp"
#include "scenarios/scenario.hpp"

namespace ipcmark {

// Which scenarios, mechanisms, sizes, waits and placements a plan has: these options choose among
// cells, all others change them.
const std::set<std::string>& axes();

// Empty, or one sentence: an option that nothing has, or a value that no scenario can take. Names
// of mechanisms and scenarios are checked by check_request().
std::string wrong_named(const Program& program, const Request& request);
// As above for one value, whichever scenario it is for.
std::string wrong_value_of(const Program& program, const std::string& flag,
                           const std::string& value);

// A copy of the cell for each combination of what was named, but for the flags in `without`. Values
// must have passed wrong_named().
std::vector<RunSpec> with_named(const ScenarioEntry& scenario, const NamedOptions& named,
                                const RunSpec& cell, const std::set<std::string>& without);

// Whether the cell has the option, and is not the same with any value of it.
bool means_something(const ScenarioEntry& scenario, const std::string& flag, const RunSpec& cell);
// Empty, or one sentence: an option named that means nothing to any of the cells, or a mechanism or
// scenario named that none of them has.
std::string unreached(const Program& program, const NamedOptions& named,
                      const std::vector<RunSpec>& cells);

// What was named as a list of numbers, as it was understood: "--size: 1B, 5KiB". A comma meant for
// decimals shows here.
std::vector<std::string> understood_lists(const Program& program, const NamedOptions& named);

}  // namespace ipcmark
