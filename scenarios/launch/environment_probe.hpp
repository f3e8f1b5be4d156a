// Gathers the facts of results/environment.hpp from /proc, /sys and the build.
#pragma once

#include "results/environment.hpp"

namespace ipcmark {

Environment probe_environment();  // takes a few ms; reads only
double clock_cost_ns();           // measured cost of one now_ns()

}  // namespace ipcmark
