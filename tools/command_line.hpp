// The `ipcmark` command for a program: built-in mechanisms and scenarios, or more of one's own.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "scenarios/scenario.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace ipcmark {

// The whole of main(): the part of a worker where this process was started as one, else the command
// line, its action and what went wrong, said on stderr. Returns the exit code. Call it first thing
// in main, with everything pushed into `program`: a worker must find the same rows.
int run_command(const Program& program, int argc, char** argv);

// What the command line came to. Lives for as long as the action runs.
struct Invocation {
  const Program& program;
  std::string command_line;     // the arguments as given, for the result document
  std::function<int()> action;  // what was asked for; returns the exit code
  // The same program: where --runner puts what it names, before the action and in it. Null: nobody
  // asks it.
  Program* extensible = nullptr;
  std::vector<std::string> runners = {};  // --runner, as given
};

// Asks the runners that are named (NAME or NAME=COMMAND) and adds their mechanisms to the program.
// False after an error message.
bool take_runners(Invocation& invocation, const std::vector<std::string>& named);

// Prints help to stdout and error messages to stderr. A value is the exit code to leave with;
// nothing means invocation.action is set.
std::optional<int> parse_command_line(int argc, char** argv, Invocation& invocation);

// Adds one subcommand to the parser. Its callback sets invocation.action; the values of its options
// are shared with that action.
using AddCommand = void (*)(CLI::App& app, Invocation& invocation);
// The table of the subcommands, in the order of --help.
std::span<const AddCommand> command_rows();

}  // namespace ipcmark
