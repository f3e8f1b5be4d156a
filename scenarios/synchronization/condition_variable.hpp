// A condition variable between processes, made of a lock and a notifier for each process: whoever
// waits enters its name under the lock before it sleeps, and whoever wakes it takes the name out.
// So no wake-up falls between letting go of the lock and going to sleep, and one that nobody gave
// is told from one that somebody did. Works over notifiers that count and over those that do not.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "scenarios/scenario.hpp"

namespace ipcmark {

inline constexpr unsigned most_waiters = 64;

// In zeroed shared memory; touched only by who holds the lock.
struct ConditionState {
  std::uint64_t waiting;  // a bit for each process that has entered its name
  std::uint64_t woken;    // processes whose name was taken out and that do not have the lock yet
  std::uint64_t next;     // where wake_one() begins to look, so that nobody is passed over
  std::array<std::uint64_t, most_waiters> woken_ns;  // when each was woken last
};

class ConditionVariable {
 public:
  // `state` is guarded by the context's lock 0; notifier i is worker i's, who waits on one
  // condition at a time. Borrows both.
  ConditionVariable(ConditionState& state, WorkerContext& context)
      : state_(state), context_(context) {}

  // Every call is made with the lock held.

  // Lets go of the lock, sleeps until woken, takes the lock again. False: woken by nobody. Errors
  // are the lock's and the notifier's; the lock is not held then.
  Result<bool> wait() {
    const unsigned me = context_.index();
    state_.waiting |= bit(me);
    if (const Status open = context_.lock(0).unlock(); !open) return error_of(open);
    context_.progress().enter(Operation::wait, me);
    if (const Status slept = context_.notifier(me).wait(Deadline::never()); !slept) {
      return error_of(slept);
    }
    context_.progress().enter(Operation::lock, 0);
    if (const Status locked = context_.lock(0).lock(Deadline::never()); !locked) {
      return error_of(locked);
    }
    const bool chosen = (state_.waiting & bit(me)) == 0;
    state_.waiting &= ~bit(me);
    if (chosen) --state_.woken;
    return chosen;
  }

  // Wakes one of those who wait, if any; in turn.
  Status wake_one() {
    if (state_.waiting == 0) return {};
    const auto turned =
        static_cast<unsigned>(std::countr_zero(std::rotr(state_.waiting, shift(state_.next))));
    const unsigned who = (turned + static_cast<unsigned>(shift(state_.next))) % most_waiters;
    if (who >= context_.workers()) return fail(Errc::corrupt, "condition variable");
    state_.next = who + 1;
    state_.waiting &= ~bit(who);
    ++state_.woken;
    state_.woken_ns[who] = now_ns();
    return context_.notifier(who).signal();
  }
  Status wake_all() {
    while (state_.waiting != 0) {
      if (const Status woken = wake_one(); !woken) return woken;
    }
    return {};
  }

  unsigned waiting() const { return static_cast<unsigned>(std::popcount(state_.waiting)); }
  std::uint64_t woken() const { return state_.woken; }
  bool waits(unsigned worker) const { return (state_.waiting & bit(worker)) != 0; }
  // When this worker was woken last.
  std::uint64_t woken_ns() const { return state_.woken_ns[context_.index()]; }

 private:
  static std::uint64_t bit(unsigned worker) { return std::uint64_t{1} << worker; }
  static int shift(std::uint64_t next) { return static_cast<int>(next % most_waiters); }
  static tl::unexpected<Error> error_of(const Status& status) {
    return tl::make_unexpected(status.error());
  }

  ConditionState& state_;
  WorkerContext& context_;
};

}  // namespace ipcmark
