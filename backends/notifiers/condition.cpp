// condition: the number of pending signals under a robust mutex, as one would write it with a
// condition variable. glibc's own is not robust (a killed waiter can make its next signaller wait
// for ever), so waiters sleep on a futex instead.
//
// signal() takes the mutex: it can wait for somebody who is inside signal() or wait(), never for
// somebody who sleeps.
#include <atomic>

#include "backends/kernel/address_object.hpp"
#include "backends/kernel/bounded_wait.hpp"
#include "backends/kernel/futex.hpp"
#include "backends/kernel/robust_mutex.hpp"
#include "backends/kernel/shared_page.hpp"
#include "backends/notifier.hpp"

namespace ipcmark {

NotifierEntry condition_notifier_entry();

namespace condition_notifier_detail {
namespace {

// Right after every single store, so that a killed holder of the mutex leaves nothing to repair: a
// waiter that was killed is counted for ever and costs a needless wake-up at each signal.
struct Page {
  pthread_mutex_t mutex;
  std::uint64_t pending;
  std::uint64_t waiters;
  std::atomic<std::uint32_t> signals;  // what waiters sleep on; changes with every signal
};

int initialise(std::byte* page) {
  return initialise_robust_mutex(&reinterpret_cast<Page*>(page)->mutex, PTHREAD_PRIO_NONE);
}

class ConditionNotifier final : public Notifier {
 public:
  ConditionNotifier(Mapping mapping, const OpenContext& context)
      : mapping_(std::move(mapping)),
        page_(*reinterpret_cast<Page*>(mapping_.data())),
        context_(context) {}

  Status signal() override {
    if (const Status locked = lock(); !locked) return locked;
    ++page_.pending;
    page_.signals.fetch_add(1, std::memory_order_relaxed);
    const bool waiters = page_.waiters != 0;
    if (const Status unlocked = unlock(); !unlocked) return unlocked;
    if (waiters) futex_wake(page_.signals, 1);
    return {};
  }

  Status wait(Deadline deadline) override {
    if (const Status locked = lock(); !locked) return locked;
    while (page_.pending == 0) {
      if (const Status wait = may_wait(deadline, context_, "condition wait"); !wait) {
        const Status unlocked = unlock();
        return unlocked ? wait : unlocked;
      }
      const std::uint32_t seen = page_.signals.load(std::memory_order_relaxed);
      ++page_.waiters;
      if (const Status unlocked = unlock(); !unlocked) return unlocked;
      futex_sleep(page_.signals, seen, next_sleep_ns(deadline));
      if (const Status locked = lock(); !locked) return locked;
      --page_.waiters;
    }
    --page_.pending;
    return unlock();
  }

 private:
  Status lock() { return lock_robust_mutex(&page_.mutex, Deadline::never()); }
  Status unlock() { return unlock_robust_mutex(&page_.mutex); }

  Mapping mapping_;
  Page& page_;
  const OpenContext& context_;
};

Result<std::unique_ptr<NotifierObject>> create(Names&) {
  return object_of<NotifierObject>(create_shared_page("condition", initialise));
}

}  // namespace
}  // namespace condition_notifier_detail

NotifierEntry condition_notifier_entry() {
  using namespace condition_notifier_detail;
  NotifierEntry entry;
  entry.name = "condition";
  entry.summary = "count under a robust mutex, waiters on a futex: a robust condition variable";
  entry.group = MechanismGroup::shared_memory;
  entry.note =
      "A flag, a mutex and a condition variable in shared memory: the portable way, but glibc's "
      "condition variables are not robust against a killed process.";
  entry.snippet = "notify/condition";
  entry.counts = true;
  entry.create = create;
  entry.open = open_in_page<Notifier, ConditionNotifier>;
  return entry;
}

}  // namespace ipcmark
