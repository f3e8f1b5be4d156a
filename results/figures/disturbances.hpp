// What disturbed a whole run, or stands behind all its figures: said above them.
#pragma once

#include <string>
#include <vector>

#include "results/model/trial.hpp"

namespace ipcmark {

// Sentences, for people: how long processes could not run because the CPU quota of their control
// group was used up; trials on cores of several kinds.
std::vector<std::string> disturbances_of_machine(const ResultDocument& document);
// And another run at the same time.
std::vector<std::string> disturbances(const ResultDocument& document);

}  // namespace ipcmark
