// Gathers the facts of results/model/environment.hpp from /proc, /sys and the build.
#pragma once

#include <map>
#include <string>

#include "results/model/environment.hpp"

namespace ipcmark {

std::map<std::string, std::string> build_group();  // group "build" alone: reads nothing
Environment probe_environment();                   // takes a few ms; reads only
// Adds what has changed meanwhile: "steal_after", "average_after", … in group "load".
void note_end_of_run(Environment& environment);
std::string host_name();  // the kernel's nodename; empty: it does not say
double clock_cost_ns();   // measured cost of one now_ns(): best of several batches

}  // namespace ipcmark
