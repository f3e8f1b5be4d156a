// What a cell asks of its own processes: a memory policy, a real-time priority, locked memory.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "backends/error.hpp"
#include "results/model/spec.hpp"

namespace ipcmark {

bool asks_of_processes(const RunSpec& spec);

// Empty, or why this machine cannot give it, as far as can be told before it is asked for.
std::string settings_unsupported(const RunSpec& spec);

// In a worker, before it touches memory and opens anything: what it starts then has it too. limit:
// this user may not; the sentence says what to change.
Status apply_settings(const RunSpec& spec);
// In a worker that has opened everything: locks what it has mapped, and what it maps from then on.
Status lock_memory(const RunSpec& spec);

// What this process has of what was asked for, as the kernel tells: "rt_priority", "locked_bytes",
// "numa_nodes" (how many nodes its memory policy names).
std::map<std::string, std::int64_t> granted_settings(const RunSpec& spec);

}  // namespace ipcmark
