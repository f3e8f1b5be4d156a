// futex: a mutex of one shared word after U. Drepper, "Futexes Are Tricky" (2011), the variant with
// three states: an unlock without waiters makes no system call.
#include <atomic>

#include "backends/kernel/address_object.hpp"
#include "backends/kernel/bounded_wait.hpp"
#include "backends/kernel/futex.hpp"
#include "backends/kernel/shared_page.hpp"
#include "backends/lock.hpp"

namespace ipcmark {

LockEntry futex_lock_entry();

namespace futex_lock_detail {
namespace {

constexpr std::uint32_t is_free = 0;
constexpr std::uint32_t held = 1;
constexpr std::uint32_t contended = 2;  // held, and somebody may be asleep

// Stateless: may be shared by threads.
class FutexLock final : public Lock {
 public:
  FutexLock(Mapping page, const OpenContext& context)
      : page_(std::move(page)),
        word_(*reinterpret_cast<std::atomic<std::uint32_t>*>(page_.data())),
        context_(context) {}

  Status lock(Deadline deadline) override {
    std::uint32_t seen = is_free;
    if (word_.compare_exchange_strong(seen, held, std::memory_order_acquire)) return {};
    if (deadline.is_immediate()) return fail(Errc::would_block, "lock");
    // Whoever waited takes the lock as contended: others may still be asleep.
    while (word_.exchange(contended, std::memory_order_acquire) != is_free) {
      if (const Status wait = may_wait(deadline, context_, "lock"); !wait) return wait;
      futex_sleep(word_, contended, next_sleep_ns(deadline));
    }
    return {};
  }

  Status unlock() override {
    if (word_.exchange(is_free, std::memory_order_release) == contended) futex_wake(word_, 1);
    return {};
  }

 private:
  Mapping page_;
  std::atomic<std::uint32_t>& word_;
  const OpenContext& context_;
};

Result<std::unique_ptr<LockObject>> create(Names&) {
  return object_of<LockObject>(create_shared_page("futex"));
}

}  // namespace
}  // namespace futex_lock_detail

LockEntry futex_lock_entry() {
  using namespace futex_lock_detail;
  LockEntry entry;
  entry.name = "futex";
  entry.summary = "own three-state mutex on futex(2), no system call when uncontended";
  entry.group = MechanismGroup::shared_memory;
  entry.owner_death = OwnerDeath::hangs;
  entry.create = create;
  entry.open = open_in_page<Lock, FutexLock>;
  return entry;
}

}  // namespace ipcmark
