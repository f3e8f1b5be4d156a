// argv → the chosen subcommand's action, or an exit code when there is nothing more to do.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "scenarios/scenario.hpp"

namespace ipcmark {

// What the command line came to. Lives in main, for as long as the action runs.
struct Invocation {
  const Program& program;
  std::string command_line;     // the arguments as given, for the result document
  std::function<int()> action;  // what was asked for; returns the exit code
};

// Prints help to stdout and complaints to stderr. A value is the exit code to leave with; nothing
// means invocation.action is set.
std::optional<int> parse_command_line(int argc, char** argv, Invocation& invocation);

}  // namespace ipcmark
