// The single events of a trial (samples.hpp) as CSV.
#pragma once

#include <string>

#include "results/model/trial.hpp"

namespace ipcmark {

inline constexpr const char* samples_header = "key,round,process,kind,at_ns,value\n";
// A line each, of kind `trip` (value in ns) and `messages` (done since the line before, about 10 ms
// earlier); `at_ns` counts from the trial's first. A saturated trial has no trips: they would be
// the length of its queue.
bool is_saturated(const Trial& trial);
std::string samples_to_csv(const RunSpec& spec, const Trial& trial);

}  // namespace ipcmark
