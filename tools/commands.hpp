// The subcommands: each cmd_*.cpp adds itself, with its options, to the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "scenarios/scenario.hpp"
#include "tools/terminal.hpp"

namespace ipcmark {

// What the command line came to. Lives in main, for as long as the action runs.
struct Invocation {
  const Program& program;
  std::string command_line;     // the arguments as given, for the result file
  std::function<int()> action;  // set by the subcommand that was named; returns the exit code
};

void add_run(CLI::App& app, Invocation& invocation);
void add_list(CLI::App& app, Invocation& invocation);
void add_stress(CLI::App& app, Invocation& invocation);
void add_clean(CLI::App& app, Invocation& invocation);
void add_doctor(CLI::App& app, Invocation& invocation);
void add_version(CLI::App& app, Invocation& invocation);

// --color, for every subcommand that prints for a person. `choice` must outlive the parse.
CLI::Option* add_color_option(CLI::App& command, ColorChoice& choice);

// "ipcmark 0.1.0", and what it was built with and runs on.
std::string version_text();

}  // namespace ipcmark
