// posix_sem: a process-shared POSIX semaphore with one token. Nobody gives the token of a dead
// holder back.
#include <semaphore.h>

#include <cerrno>

#include "backends/locks/memory_lock.hpp"

namespace ipcmark {

LockEntry posix_sem_lock_entry();

namespace {

int initialise(std::byte* page) {
  constexpr int shared_between_processes = 1;
  constexpr unsigned tokens = 1;
  return ::sem_init(reinterpret_cast<sem_t*>(page), shared_between_processes, tokens) == 0 ? 0
                                                                                           : errno;
}

// Stateless: may be shared by threads.
class PosixSemaphore final : public Lock {
 public:
  PosixSemaphore(Mapping page, const OpenContext& context)
      : page_(std::move(page)),
        semaphore_(reinterpret_cast<sem_t*>(page_.data())),
        context_(context) {}

  Status lock(Deadline deadline) override {
    if (::sem_trywait(semaphore_) == 0) return {};
    for (;;) {
      if (const Status wait = may_wait(deadline, context_); !wait) return wait;
      if (wait_at_most(next_sleep_ns(deadline))) return {};
      if (errno != ETIMEDOUT && errno != EINTR) return fail(Errc::system, "sem_timedwait", errno);
    }
  }

  Status unlock() override {
    return ::sem_post(semaphore_) == 0 ? Status{} : fail(Errc::system, "sem_post", errno);
  }

 private:
  // sem_timedwait(3) knows the real-time clock alone. A step of that clock shortens or stretches
  // one slice; the deadline itself is held against the monotonic clock.
  bool wait_at_most(std::uint64_t ns) {
    const timespec until = real_time_after(ns);
    return ::sem_timedwait(semaphore_, &until) == 0;
  }

  Mapping page_;
  sem_t* semaphore_;
  const OpenContext& context_;
};

Result<std::unique_ptr<LockObject>> create(Names&) {
  return create_memory_lock("posix_sem", initialise);
}

Result<std::unique_ptr<Lock>> open(Address address, const OpenContext& context) {
  auto page = map_memory_lock(address);
  if (!page) return tl::make_unexpected(page.error());
  return std::make_unique<PosixSemaphore>(std::move(*page), context);
}

}  // namespace

LockEntry posix_sem_lock_entry() {
  LockEntry entry;
  entry.name = "posix_sem";
  entry.summary = "POSIX semaphore in shared memory, one token";
  entry.owner_death = OwnerDeath::hangs;
  entry.create = create;
  entry.open = open;
  return entry;
}

}  // namespace ipcmark
