// The scoreboard over a lock: its containers lie in shared memory, and every process works on them
// itself, under the lock.
#include <optional>

#include "scenarios/shared_state/scoreboard_game.hpp"

namespace ipcmark {

namespace {

class SharedGame {
 public:
  explicit SharedGame(WorkerContext& context) : context_(context), lock_(context.lock(0)) {}

  Status play() {
    if (const Status ready = context_.barrier(Stage::run); !ready) return ready;
    board_.emplace(ManagedScoreboard::open(board_memory(context_)));
    const std::uint32_t me = context_.index();
    if (const Status entered = locked([&] { board_->enter(me); }); !entered) return entered;
    Play play(context_);
    return play.run([&](std::uint64_t round) {
      if (context_.inject("unlocked")) return give_unlocked(round);
      const bool chosen = me == 0 && round == fault_round;
      if (chosen && context_.inject("torn")) return give_in_parts(round);
      const Status given = locked([&] { give_award(*board_, context_, me, round); });
      if (!given || !chosen || !context_.inject("backwards")) return given;
      return take_back_for_a_look(round);
    });
  }

  Status monitor() {
    board_.emplace(ManagedScoreboard::create(board_memory(context_)));
    if (const Status ready = context_.barrier(Stage::run); !ready) return ready;
    return look_on(context_,
                   [&](Scoreboard& board) { return locked([&] { board_->read(board); }); });
  }

 private:
  template <class Action>
  Status locked(Action action) {
    context_.progress().enter(Operation::lock, 0);
    if (const Status locked = lock_.lock(Deadline::never()); !locked) return locked;
    action();
    return lock_.unlock();
  }

  std::uint64_t points(std::uint64_t round) const {
    return points_of(context_.spec().seed, context_.index(), round);
  }

  // The sum as `sum += points` without the lock, with time for another to do the same.
  Status give_unlocked(std::uint64_t round) {
    const std::uint32_t me = context_.index();
    const Status given = locked([&] {
      board_->add_points(me, points(round));
      board_->count_round(me);
      board_->move_up(me);
    });
    const std::uint64_t sum = board_->sum();
    pause_for(1'000'000);
    board_->set_sum(sum + points(round));
    return given;
  }

  Status give_in_parts(std::uint64_t round) {
    const std::uint32_t me = context_.index();
    const auto first = [&] { board_->add_points(me, points(round)); };
    if (const Status given = locked(first); !given) return given;
    await_a_look();
    return locked([&] {
      board_->count_round(me);
      board_->add_to_sum(points(round));
      board_->move_up(me);
    });
  }

  Status take_back_for_a_look(std::uint64_t round) {
    const std::uint32_t me = context_.index();
    await_a_look();
    const auto back = [&] { board_->take_back(me, points(round)); };
    if (const Status taken = locked(back); !taken) return taken;
    await_a_look();
    return locked([&] { board_->award(me, points(round)); });
  }

  // Until a look that began after now has ended; the monitor looks until all players are through.
  void await_a_look() {
    GameMemory& shared = game_memory(context_);
    context_.progress().enter(Operation::shared_word, 0);
    const std::uint64_t seen = shared.looks.load(std::memory_order_acquire);
    while (shared.looks.load(std::memory_order_acquire) < seen + 2 &&
           context_.open_context().peer_died->load(std::memory_order_relaxed) == 0) {
      shared.changes.fetch_add(1, std::memory_order_release);
      pause_for(100'000);
    }
  }

  WorkerContext& context_;
  Lock& lock_;
  std::optional<ManagedScoreboard> board_;
};

}  // namespace

Status play_under_lock(WorkerContext& context) { return SharedGame(context).play(); }
Status monitor_under_lock(WorkerContext& context) { return SharedGame(context).monitor(); }

}  // namespace ipcmark
