// The part of the scenario load that replays a file (--replay), and what it shares with the other.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "results/model/replay.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/timed/replayed.hpp"
#include "scenarios/traffic/sent_count.hpp"

namespace ipcmark {

inline constexpr double saturated_below = 0.99;  // of what was offered

// In shared memory.
struct LoadShared {
  // Of a replay: when its warm-up begins, on all channels. 0: nobody has said it yet.
  alignas(64) std::atomic<std::uint64_t> begin_ns;
  // Told by each sender before it closes.
  std::array<SentCount, max_replayed_channels> sent;
};

inline LoadShared& load_shared(WorkerContext& context) { return context.shared_as<LoadShared>(); }

// A sender and a receiver for each channel, in turn.
inline std::uint32_t channel_index(const WorkerContext& context) { return context.index() / 2; }

// Of a cell that replays a file.
Layout replay_layout(const RunSpec& spec);

// Sends one channel of the file, each message when it is due, the warm-up before it. Ends early
// where it is longest_overtime_ns late.
Status run_replay_sender(WorkerContext& context, const Replayed& replayed);

// All channels together.
void reduce_replay(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial);

}  // namespace ipcmark
