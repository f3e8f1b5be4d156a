// What a measuring command looks at before it measures: files and CPUs.
#pragma once

#include <string>

#include "scenarios/plan/plan.hpp"
#include "tools/command_line.hpp"

namespace ipcmark {

// The file that --suite names; empty for a suite of the program's own.
std::string suite_file(const std::string& suite);

// A suite that is a file is read here: planning touches none. False after an error message.
bool read_suite_file(Request& request);
// Adds the mechanisms of the runners that the request's suite names, which has been read; each
// runner once. False after an error message.
bool take_suite_runners(const Request& request, Invocation& invocation);

// Empty, or a sentence: a CPU named in --cpus that this process may not use.
std::string wrong_cpus(const Request& request);

// Every list of numbers that was named, on stderr, as it was understood.
void show_lists(const Program& program, const Request& request);

}  // namespace ipcmark
