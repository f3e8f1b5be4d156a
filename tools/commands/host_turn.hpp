// One measuring run per host at a time: two at once ruin each other.
#pragma once

#include <atomic>
#include <optional>

#include "backends/fd.hpp"

namespace ipcmark {

// Waits until no other run measures on this machine, and says so; `lock` then holds the turn. An
// exit code: leave with it.
std::optional<int> take_host_lock(const std::atomic<int>& stop, std::optional<Fd>& lock);

}  // namespace ipcmark
