// The game of the scoreboard scenario as its two forms play it: who is who, what a player measures,
// and how the monitor looks on.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <span>
#include <string>
#include <utility>

#include "backends/deadline.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/shared_state/managed_scoreboard.hpp"
#include "scenarios/shared_state/scoreboard_judge.hpp"
#include "scenarios/timing/joint_rate.hpp"
#include "scenarios/timing/think_time.hpp"
#include "scenarios/traffic/sent_count.hpp"

namespace ipcmark {

inline constexpr std::int64_t default_players = 4;
inline constexpr std::int64_t default_rounds = 5;
inline constexpr std::int64_t default_look_ns = 50'000;
inline constexpr std::uint64_t fault_round = 1;
inline constexpr std::uint64_t closing_looks = 2;  // after the last award

// Workers: the players from 0 on, then the monitor, then (over a backend) the manager.
struct GameMemory {
  alignas(64) std::atomic<std::uint64_t> finished{0};  // players that are through
  alignas(64) std::atomic<std::uint64_t> looks{0};
  // How often a player has scored, or is through: what the monitor looks for.
  alignas(64) std::atomic<std::uint64_t> changes{0};
  // Over a backend: requests of each client, at its end, and what the manager answered to each.
  alignas(64) std::array<SentCount, max_processes + 1> sent{};
  alignas(64) std::array<SentCount, max_processes + 1> answered{};
};
static_assert(sizeof(GameMemory) % 64 == 0);

inline GameMemory& game_memory(WorkerContext& context) { return context.shared_as<GameMemory>(); }
// Over a lock: behind the other shared memory.
inline std::span<std::byte> board_memory(WorkerContext& context) {
  return context.shared().subspan(sizeof(GameMemory));
}

inline std::uint32_t players_of(const RunSpec& spec) {
  return static_cast<std::uint32_t>(spec.option("processes"));
}
inline std::uint64_t rounds_of(const RunSpec& spec) {
  return static_cast<std::uint64_t>(spec.option("count"));
}

// Puts an award on the board, or what a fault makes of it.
void give_award(ManagedScoreboard& board, WorkerContext& context, std::uint32_t player,
                std::uint64_t round);

// What a player measures and accounts for.
class Play {
 public:
  explicit Play(WorkerContext& context) : context_(context) {}

  // `give` puts the award of a round on the board and returns once it is there.
  template <class Give>
  Status run(Give give) {
    const RunSpec& spec = context_.spec();
    const std::uint64_t rounds = rounds_of(spec);
    const std::int64_t think_ns = think_time_of(spec);
    const std::uint64_t begin = now_ns();
    for (std::uint64_t round = 0; round < rounds; ++round) {
      think(context_, think_ns);
      const std::uint64_t start = now_ns();
      if (const Status given = give(round); !given) return given;
      times_.record(now_ns() - start);
      game_memory(context_).changes.fetch_add(1, std::memory_order_release);
      awarded_ += points_of(spec.seed, context_.index(), round);
      context_.progress().count(round + 1);
    }
    const std::uint64_t end = now_ns();
    game_memory(context_).finished.fetch_add(1, std::memory_order_acq_rel);
    game_memory(context_).changes.fetch_add(1, std::memory_order_release);
    WorkerReport& report = context_.report();
    note_interval(report, begin, end);
    report.tallies["awarded"] = static_cast<std::int64_t>(awarded_);
    report.histograms["award"] = std::move(times_);
    return {};
  }

 private:
  WorkerContext& context_;
  Histogram times_;
  std::uint64_t awarded_ = 0;
};

// Until somebody has scored since `seen` was counted, at least `pause_ns`. Sleeps longer and
// longer, so that a game in which nobody scores any more is seen to stand still.
inline void await_change(WorkerContext& context, std::uint64_t seen, std::int64_t pause_ns) {
  constexpr std::int64_t longest_ns = 100'000'000;
  const auto over = [&] {
    return game_memory(context).changes.load(std::memory_order_acquire) != seen ||
           context.open_context().peer_died->load(std::memory_order_relaxed) != 0;
  };
  context.progress().enter(Operation::shared_word, 0);
  do {
    pause_for(pause_ns);
    pause_ns = std::clamp<std::int64_t>(2 * pause_ns, 1000, longest_ns);
  } while (!over());
}

// Looks at the board until every player is through and has been seen to be. `take` fetches a board.
template <class Take>
Status look_on(WorkerContext& context, Take take) {
  const RunSpec& spec = context.spec();
  GameMemory& shared = game_memory(context);
  ScoreboardJudge judge(spec.seed, players_of(spec), rounds_of(spec));
  Histogram times;
  Scoreboard board;
  std::uint64_t looks = 0;
  for (std::uint64_t closing = 0; closing < closing_looks; ++looks) {
    const std::uint64_t seen = shared.changes.load(std::memory_order_acquire);
    const bool over = shared.finished.load(std::memory_order_acquire) == players_of(spec);
    const std::uint64_t start = now_ns();
    if (const Status taken = take(board); !taken) return taken;
    times.record(now_ns() - start);
    judge.look(board);
    shared.looks.fetch_add(1, std::memory_order_acq_rel);
    context.progress().count(looks + 1);
    if (over) ++closing;
    if (!over) await_change(context, seen, spec.option("look_ns"));
    if (context.open_context().peer_died->load(std::memory_order_relaxed) != 0) {
      return fail(Errc::peer_died, "look at the scoreboard");
    }
  }
  WorkerReport& report = context.report();
  report.histograms["look"] = std::move(times);
  report.tallies["looks"] = static_cast<std::int64_t>(looks);
  report.tallies["points"] = static_cast<std::int64_t>(board.points);
  report.tallies["players"] = std::ssize(board.rows);
  report.tallies["torn"] = static_cast<std::int64_t>(judge.torn());
  report.tallies["backwards"] = static_cast<std::int64_t>(judge.backwards());
  report.tallies["unsorted"] = static_cast<std::int64_t>(judge.unsorted());
  return {};
}

// The parts of each worker. Over a lock:
Status play_under_lock(WorkerContext& context);
Status monitor_under_lock(WorkerContext& context);
// Over a backend:
Status play_by_messages(WorkerContext& context);
Status monitor_by_messages(WorkerContext& context);
Status manage_scoreboard(WorkerContext& context);
// Empty when a message of the cell's size can carry what they say; else the refusal.
std::string scoreboard_unsupported(const RunSpec& spec);

}  // namespace ipcmark
