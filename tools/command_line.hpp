// argv → the chosen subcommand's action, or an exit code when there is nothing more to do.
#pragma once

#include <optional>

#include "tools/commands.hpp"

namespace ipcmark {

// Prints help to stdout and complaints to stderr. A value is the exit code to leave with; nothing
// means invocation.action is set.
std::optional<int> parse_command_line(int argc, char** argv, Invocation& invocation);

}  // namespace ipcmark
