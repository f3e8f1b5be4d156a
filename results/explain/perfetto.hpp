// What was recorded as a Chrome trace-event JSON array, which Perfetto and chrome://tracing open.
#pragma once

#include <string>
#include <vector>

#include "results/explain/explanation.hpp"

namespace ipcmark {

// The last traced trial of each cell: the workers' operations and system calls by thread; what ran,
// interrupts and deferred work by CPU, with an arrow from each waking to the switch that it led to;
// and the way of each trip, segment by segment. In microseconds of CLOCK_MONOTONIC. Pure.
// Source: "Trace Event Format", the Chromium project.
std::string to_perfetto(const std::vector<CellObservations>& cells);

}  // namespace ipcmark
