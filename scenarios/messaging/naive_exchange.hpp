// The exchange that deadlocks: both sides send their whole payload before either receives. What
// does not fit into the two channels never gets sent, and each waits for the other for ever.
#pragma once

#include "scenarios/scenario.hpp"

namespace ipcmark {

// The payload is spec.size, or four times what the channel was granted where that is more, so that
// an enlarged buffer proves nothing less. It goes in pieces of the default chunk, so that the
// channels keep the kernel's own sizes.
Layout naive_layout(const RunSpec& spec, std::uint64_t chunk);
Status run_naive(WorkerContext& context, std::uint64_t chunk);
// Called where it did not deadlock: the payload fitted, or the mechanism takes all there is.
void reduce_naive(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial);

}  // namespace ipcmark
