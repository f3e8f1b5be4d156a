// Ping-pong with the time of sending in each message: how long each way takes by itself. Both
// workers read CLOCK_MONOTONIC, which is one clock on one machine (vdso(7)), so no clocks have to
// be brought together; that there and back together agree with the round trip is checked all the
// same.
#pragma once

#include <cstdint>
#include <string>

#include "scenarios/scenario.hpp"
#include "scenarios/timed/pairs.hpp"
#include "scenarios/traffic/sent_count.hpp"

namespace ipcmark {

// The fault of a clock that does not agree with the other process's: the echo's is 1 ms ahead.
inline constexpr const char* shifted_clock = "shifted_clock";

// Why the cell cannot be run so; empty: it can.
std::string one_way_unsupported(const RunSpec& spec);
// All that lies in the memory that the workers of a ping-pong share: how many messages the
// initiator has sent, told before it closes. Of the calling worker's pair.
inline SentCount& pings_of(WorkerContext& context) {
  return *reinterpret_cast<SentCount*>(shared_of_pair(context, sizeof(SentCount)));
}
// The channels of the calling worker's pair: there, and back.
inline std::uint32_t there_of(const WorkerContext& context) { return 2 * pair_of(context); }
inline std::uint32_t back_of(const WorkerContext& context) { return there_of(context) + 1; }
// The worker's part; channel 0 goes there, channel 1 back. The worker "echo" answers.
Status run_one_way(WorkerContext& context);
void reduce_one_way(const std::vector<WorkerReport>& reports, Trial& trial);

}  // namespace ipcmark
