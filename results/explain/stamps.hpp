// The workers' notes of a trial as stamps of a capture.
#pragma once

#include <cstddef>
#include <vector>

#include "results/explain/capture.hpp"
#include "results/model/trace.hpp"

namespace ipcmark {

// `traces`: of a ping-pong over channels 0 (there) and 1 (back), its initiator first; with both
// ends in one process, alone. Takes the last `trips` trips at most, so that the warm-up is left
// out. Loan and publish are one send, borrow is a receive. False: they are no such traces.
bool add_stamps(const std::vector<ProcessTrace>& traces, std::size_t trips, Capture& capture);

// Leaves out what the kernel recorded before the first stamp and after the last one. Without stamps
// nothing is left out.
void trim_to_stamps(Capture& capture);

}  // namespace ipcmark
