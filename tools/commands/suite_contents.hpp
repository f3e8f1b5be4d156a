// What is in a suite, in words.
#pragma once

#include <string>

#include "scenarios/plan/suite.hpp"
#include "scenarios/scenario.hpp"

namespace ipcmark {

// One line: how many cells and how long, which scenarios, how many mechanisms of each group. Of
// runners that are not in the program only the names.
std::string contents_in_short(const Program& program, const SuiteText& suite);
// The same as a list in Markdown, with every name.
std::string contents_in_full(const Program& program, const SuiteText& suite);

}  // namespace ipcmark
