// What disturbed a whole run, or stands behind all its figures: said above them.
#pragma once

#include <string>
#include <vector>

#include "results/model/trial.hpp"

namespace ipcmark {

// Sentences, for people: another run at the same time; how long processes could not run because the
// CPU quota of their control group was used up; trials on cores of several kinds.
std::vector<std::string> disturbances(const ResultDocument& document);

}  // namespace ipcmark
