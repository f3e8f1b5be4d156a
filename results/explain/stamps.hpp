// The workers' notes of a trial as stamps of a capture.
#pragma once

#include <cstddef>
#include <vector>

#include "results/explain/capture.hpp"
#include "results/model/trace.hpp"

namespace ipcmark {

// The trips of a trial after its warm-up.
struct MeasuredTrips {
  std::uint64_t stamped = 0;  // so many of them at least
  // The message is put together before the trip begins (with verification), a loan taken included.
  bool prepared_before = false;
};

// `traces`: of a ping-pong over channels 0 (there) and 1 (back), its initiator first; with both
// ends in one process, alone. Takes the stamps of the measured trips, which are the last, so that
// the warm-up is left out, and of these the ones that the capture is whole for. Where that is all
// of them, nothing that was lost belongs to a trip, and Capture::lost is 0. Loan and publish are
// one send, borrow is a receive. False: they are no such traces, or no trip is left.
bool add_stamps(const std::vector<ProcessTrace>& traces, const MeasuredTrips& trips,
                Capture& capture);

// How much longer trips are in stretches with stamps than in those after them without
// (scenarios/trace_log.hpp): the median ratio of the trial's pairs after its warm-up, of which the
// stamps of `capture` are; 0: there are none. `traces` as above.
double ratio_of_stretches(const std::vector<ProcessTrace>& traces, const Capture& capture);

// Leaves out what the kernel recorded before the first stamp and after the last one, and outside of
// the time that the capture is whole for. Without stamps nothing is left out.
void trim_to_stamps(Capture& capture);

}  // namespace ipcmark
