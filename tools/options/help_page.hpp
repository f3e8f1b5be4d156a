// What --help prints: a line for each option, at most 80 columns wide.
#pragma once

#include <string>
#include <vector>

#include "tools/options/command_table.hpp"

namespace ipcmark {

// Of a command; of the program itself with its commands. A text that does not fit (of a scenario of
// one's own) is cut and ends in "..."; the manual page has all of it.
std::string help_page(const CommandEntry& entry, const std::vector<CommandEntry>& commands);

}  // namespace ipcmark
