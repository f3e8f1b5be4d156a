// The records of an instance of tracefs as events, by libtracefs.
#pragma once

#include <string>

#include "results/explain/capture.hpp"

namespace ipcmark {

// `path`: of the instance, which records no more. Adds its events, the names of the tasks in them
// and the number of those that were lost. False: they cannot be read.
bool read_trace_records(const std::string& path, Capture& capture);

}  // namespace ipcmark
