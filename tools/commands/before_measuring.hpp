// What a command that chooses cells looks at before it plans: files and CPUs.
#pragma once

#include <string>
#include <vector>

#include "scenarios/plan/plan.hpp"

namespace ipcmark {

// A suite that is a file is read here: planning touches none. False after a complaint.
bool read_suite_file(Request& request);

// Empty, or a sentence: a CPU named in --cpus that this process may not use.
std::string wrong_cpus(const std::vector<int>& asked);

}  // namespace ipcmark
