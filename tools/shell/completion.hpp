// Shell completion: scripts that complete commands, options and the words they take.
#pragma once

#include <string>

#include "tools/options/command_table.hpp"

namespace ipcmark {

std::string bash_completion(const CommandTable& table);
std::string zsh_completion(const CommandTable& table);
std::string fish_completion(const CommandTable& table);

}  // namespace ipcmark
