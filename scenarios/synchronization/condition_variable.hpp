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

// A bit for each worker of a trial. Zeroed memory is an empty one.
class WorkerSet {
 public:
  void add(unsigned worker) { word(worker) |= bit(worker); }
  void remove(unsigned worker) { word(worker) &= ~bit(worker); }
  bool has(unsigned worker) const { return (words_[worker / bits] & bit(worker)) != 0; }
  bool empty() const {
    std::uint64_t all = 0;
    for (const std::uint64_t each : words_) all |= each;
    return all == 0;
  }
  unsigned size() const {
    int all = 0;
    for (const std::uint64_t each : words_) all += std::popcount(each);
    return static_cast<unsigned>(all);
  }
  // The first from there on, and then from 0. The set is not empty.
  unsigned first_from(unsigned worker) const {
    std::size_t at = worker / bits;
    std::uint64_t rest = words_[at] & (~std::uint64_t{0} << (worker % bits));
    for (std::size_t turns = 0; rest == 0 && turns <= words_.size(); ++turns) {
      at = (at + 1) % words_.size();
      rest = words_[at];
    }
    return static_cast<unsigned>(at) * bits + static_cast<unsigned>(std::countr_zero(rest));
  }

 private:
  static constexpr unsigned bits = 64;
  static std::uint64_t bit(unsigned worker) { return std::uint64_t{1} << (worker % bits); }
  std::uint64_t& word(unsigned worker) { return words_[worker / bits]; }

  static_assert(max_workers % bits == 0);
  std::array<std::uint64_t, max_workers / bits> words_{};
};

// In zeroed shared memory; touched only by who holds the lock.
struct ConditionState {
  WorkerSet waiting;    // who has entered its name
  std::uint64_t woken;  // processes whose name was taken out and that do not have the lock yet
  std::uint64_t next;   // where wake_one() begins to look, so that nobody is passed over
  std::array<std::uint64_t, max_workers> woken_ns;  // when each was woken last
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
    state_.waiting.add(me);
    if (const Status open = context_.lock(0).unlock(); !open) return error_of(open);
    context_.progress().enter(Operation::wait, me);
    if (const Status slept = context_.notifier(me).wait(Deadline::never()); !slept) {
      return error_of(slept);
    }
    context_.progress().enter(Operation::lock, 0);
    if (const Status locked = context_.lock(0).lock(Deadline::never()); !locked) {
      return error_of(locked);
    }
    const bool chosen = !state_.waiting.has(me);
    state_.waiting.remove(me);
    if (chosen) --state_.woken;
    return chosen;
  }

  // Wakes one of those who wait, if any; in turn.
  Status wake_one() {
    if (state_.waiting.empty()) return {};
    const unsigned who =
        state_.waiting.first_from(static_cast<unsigned>(state_.next % max_workers));
    if (who >= context_.workers()) return fail(Errc::corrupt, "condition variable");
    state_.next = who + 1;
    state_.waiting.remove(who);
    ++state_.woken;
    state_.woken_ns[who] = now_ns();
    return context_.notifier(who).signal();
  }
  Status wake_all() {
    while (!state_.waiting.empty()) {
      if (const Status woken = wake_one(); !woken) return woken;
    }
    return {};
  }

  unsigned waiting() const { return state_.waiting.size(); }
  std::uint64_t woken() const { return state_.woken; }
  bool waits(unsigned worker) const { return state_.waiting.has(worker); }
  // When this worker was woken last.
  std::uint64_t woken_ns() const { return state_.woken_ns[context_.index()]; }

 private:
  static tl::unexpected<Error> error_of(const Status& status) {
    return tl::make_unexpected(status.error());
  }

  ConditionState& state_;
  WorkerContext& context_;
};

}  // namespace ipcmark
