// spin: test-and-set on one shared word, reading while it is held; gives the CPU away every so many
// failed tries, because the holder may be waiting for this very CPU.
#include <sched.h>

#include <atomic>

#include "backends/kernel/address_object.hpp"
#include "backends/kernel/bounded_wait.hpp"
#include "backends/kernel/shared_page.hpp"
#include "backends/lock.hpp"
#include "backends/spinning.hpp"

namespace ipcmark {

LockEntry spin_lock_entry();

namespace spin_lock_detail {
namespace {

constexpr std::uint32_t is_free = 0;
constexpr std::uint32_t held = 1;
constexpr unsigned tries_before_yield = 1000;

// Stateless: may be shared by threads.
class SpinLock final : public Lock {
 public:
  SpinLock(Mapping page, const OpenContext& context)
      : page_(std::move(page)),
        word_(*reinterpret_cast<std::atomic<std::uint32_t>*>(page_.data())),
        context_(context) {}

  Status lock(Deadline deadline) override {
    for (;;) {
      if (word_.exchange(held, std::memory_order_acquire) == is_free) return {};
      if (deadline.is_immediate()) return fail(Errc::would_block, "lock");
      for (unsigned i = 0; word_.load(std::memory_order_relaxed) != is_free; ++i) {
        pause_cpu();
        if (i < tries_before_yield) continue;
        // The clock and the flag only here: a clock reading costs tens of tries.
        if (const Status wait = may_wait(deadline, context_, "lock"); !wait) return wait;
        sched_yield();
        i = 0;
      }
    }
  }

  Status unlock() override {
    word_.store(is_free, std::memory_order_release);
    return {};
  }

 private:
  Mapping page_;
  std::atomic<std::uint32_t>& word_;
  const OpenContext& context_;
};

Result<std::unique_ptr<LockObject>> create(Names&) {
  return object_of<LockObject>(create_shared_page("spin"));
}

}  // namespace
}  // namespace spin_lock_detail

LockEntry spin_lock_entry() {
  using namespace spin_lock_detail;
  LockEntry entry;
  entry.name = "spin";
  entry.summary = "test-and-set spinlock that yields after 1000 failed tries";
  entry.group = MechanismGroup::shared_memory;
  entry.owner_death = OwnerDeath::hangs;
  entry.create = create;
  entry.open = open_in_page<Lock, SpinLock>;
  return entry;
}

}  // namespace ipcmark
