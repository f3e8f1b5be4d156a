// Ping-pong over a mechanism that may lose messages: a reply carries the number of its message, and
// one that does not come within a limit is a loss, after which the next number goes out.
#pragma once

#include <cstdint>
#include <vector>

#include "scenarios/scenario.hpp"

namespace ipcmark {

// How long the initiator waits for a reply. Far beyond any trip that is not lost, and no less than
// twice the time that a blocking call of a mechanism may last (peer_check_interval_ns), so that the
// wait for a reply is the plain call.
inline constexpr std::uint64_t reply_limit_ns = 200'000'000;

// The worker's part, with the channels of the plain ping-pong (one_way.hpp). The worker "echo"
// answers.
Status run_lossy_trips(WorkerContext& context);

}  // namespace ipcmark
