// pthread_mutex: a process-shared, robust POSIX mutex. The kernel tells the next locker when the
// holder died (pthread_mutexattr_setrobust(3)); this lock then declares the state consistent.
#include <pthread.h>

#include <cerrno>

#include "backends/locks/memory_lock.hpp"

namespace ipcmark {

LockEntry pthread_mutex_lock_entry();

namespace {

int initialise(std::byte* page) {
  pthread_mutexattr_t attributes;
  if (const int error = pthread_mutexattr_init(&attributes); error != 0) return error;
  int error = pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  if (error == 0) error = pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  if (error == 0) error = pthread_mutex_init(reinterpret_cast<pthread_mutex_t*>(page), &attributes);
  pthread_mutexattr_destroy(&attributes);
  return error;
}

// Stateless: may be shared by threads.
class PthreadMutex final : public Lock {
 public:
  explicit PthreadMutex(Mapping page)
      : page_(std::move(page)), mutex_(reinterpret_cast<pthread_mutex_t*>(page_.data())) {}

  Status lock(Deadline deadline) override {
    const int error = acquire(deadline);
    switch (error) {
      case 0:
        return {};
      case EOWNERDEAD:
        pthread_mutex_consistent(mutex_);
        return {};
      case EBUSY:
        return fail(Errc::would_block, "pthread_mutex_trylock");
      case ETIMEDOUT:
        return fail(Errc::timeout, "pthread_mutex_timedlock");
      case ENOTRECOVERABLE:
        return fail(Errc::peer_died, "pthread_mutex_lock");
      default:
        return fail(Errc::system, "pthread_mutex_lock", error);
    }
  }

  Status unlock() override {
    const int error = pthread_mutex_unlock(mutex_);
    return error == 0 ? Status{} : fail(Errc::system, "pthread_mutex_unlock", error);
  }

 private:
  int acquire(Deadline deadline) {
    if (deadline.is_never()) return pthread_mutex_lock(mutex_);
    if (deadline.is_immediate()) return pthread_mutex_trylock(mutex_);
    // ThreadSanitizer does not know pthread_mutex_clocklock(3), so the deadline is held against the
    // monotonic clock here; a step of the real-time clock stretches or shortens one slice.
    for (;;) {
      const timespec until = real_time_after(next_sleep_ns(deadline));
      const int error = pthread_mutex_timedlock(mutex_, &until);
      if (error != ETIMEDOUT || deadline.passed()) return error;
    }
  }

  Mapping page_;
  pthread_mutex_t* mutex_;
};

Result<std::unique_ptr<LockObject>> create(Names&) {
  return create_memory_lock("pthread_mutex", initialise);
}

Result<std::unique_ptr<Lock>> open(Address address, const OpenContext&) {
  auto page = map_memory_lock(address);
  if (!page) return tl::make_unexpected(page.error());
  return std::make_unique<PthreadMutex>(std::move(*page));
}

}  // namespace

LockEntry pthread_mutex_lock_entry() {
  LockEntry entry;
  entry.name = "pthread_mutex";
  entry.summary = "POSIX mutex in shared memory, process-shared and robust";
  entry.owner_death = OwnerDeath::repairs;
  entry.create = create;
  entry.open = open;
  return entry;
}

}  // namespace ipcmark
