// The records of an instance of tracefs as events, by libtracefs.
#pragma once

#include <string>

#include "results/explain/capture.hpp"

namespace ipcmark {

// `path`: of the instance, which records no more. Adds its events and the names of the tasks in
// them. False: they cannot be read.
bool read_trace_records(const std::string& path, Capture& capture);

}  // namespace ipcmark
