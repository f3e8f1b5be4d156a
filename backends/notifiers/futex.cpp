// futex: an auto-reset event, one shared word on futex(2). A signal without waiters makes no system
// call, and a wait that finds a signal makes none either.
#include "backends/kernel/futex.hpp"

#include <atomic>

#include "backends/kernel/address_object.hpp"
#include "backends/kernel/bounded_wait.hpp"
#include "backends/kernel/shared_page.hpp"
#include "backends/notifier.hpp"

namespace ipcmark {

NotifierEntry futex_notifier_entry();

namespace futex_notifier_detail {
namespace {

constexpr std::uint32_t none = 0;
constexpr std::uint32_t signalled = 1;
constexpr std::uint32_t awaited = 2;  // no signal, and somebody may be asleep

class FutexNotifier final : public Notifier {
 public:
  FutexNotifier(Mapping page, const OpenContext& context)
      : page_(std::move(page)),
        word_(*reinterpret_cast<std::atomic<std::uint32_t>*>(page_.data())),
        context_(context) {}

  // One word decides, so no order between two stores matters. It is left to itself when a waiter
  // is killed: `awaited` without a waiter costs one needless wake-up.
  Status signal() override {
    if (word_.exchange(signalled, std::memory_order_acq_rel) == awaited) futex_wake(word_, 1);
    return {};
  }

  Status wait(Deadline deadline) override {
    std::uint32_t left_behind = none;
    for (;;) {
      std::uint32_t seen = signalled;
      if (word_.compare_exchange_strong(seen, left_behind, std::memory_order_acq_rel)) return {};
      if (seen > awaited) return fail(Errc::corrupt, "futex word");  // none of ours stored that
      if (const Status wait = may_wait(deadline, context_, "futex wait"); !wait) {
        // The wake-up may have been this one's while its signal was somebody else's, who found
        // nobody asleep; those who are must not be forgotten.
        const bool others = left_behind == awaited && seen == none;
        if (others && !word_.compare_exchange_strong(seen, awaited)) continue;
        return wait;
      }
      if (seen == none && !word_.compare_exchange_strong(seen, awaited)) continue;
      futex_sleep(word_, awaited, next_sleep_ns(deadline));
      // Whoever slept leaves the word as awaited: others may still be asleep.
      left_behind = awaited;
    }
  }

 private:
  Mapping page_;
  std::atomic<std::uint32_t>& word_;
  const OpenContext& context_;
};

Result<std::unique_ptr<NotifierObject>> create(Names&) {
  return object_of<NotifierObject>(create_shared_page("futex"));
}

}  // namespace
}  // namespace futex_notifier_detail

NotifierEntry futex_notifier_entry() {
  using namespace futex_notifier_detail;
  NotifierEntry entry;
  entry.name = "futex";
  entry.summary = "own auto-reset event on futex(2), no system call when nobody sleeps";
  entry.group = MechanismGroup::shared_memory;
  entry.note =
      "A word in shared memory and a system call only when somebody sleeps; every rule of its use "
      "is yours to keep.";
  entry.snippet = "notify/futex";
  entry.counts = false;
  entry.create = create;
  entry.open = open_in_page<Notifier, FutexNotifier>;
  return entry;
}

}  // namespace ipcmark
