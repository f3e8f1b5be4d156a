#include "backends/kernel/robust_mutex.hpp"

#include <cerrno>

#include "backends/kernel/bounded_wait.hpp"

namespace ipcmark {

namespace {

int acquire(pthread_mutex_t* mutex, Deadline deadline) {
  if (deadline.is_never()) return pthread_mutex_lock(mutex);
  if (deadline.is_immediate()) return pthread_mutex_trylock(mutex);
  // ThreadSanitizer does not know pthread_mutex_clocklock(3), so the deadline is compared with the
  // monotonic clock here; a step of the real-time clock stretches or shortens one slice.
  for (;;) {
    const timespec until = real_time_after(next_sleep_ns(deadline));
    const int error = pthread_mutex_timedlock(mutex, &until);
    if (error != ETIMEDOUT || deadline.passed()) return error;
  }
}

}  // namespace

int initialise_robust_mutex(pthread_mutex_t* mutex, int protocol) {
  pthread_mutexattr_t attributes;
  if (const int error = pthread_mutexattr_init(&attributes); error != 0) return error;
  int error = pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  if (error == 0) error = pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  if (error == 0) error = pthread_mutexattr_setprotocol(&attributes, protocol);
  if (error == 0) error = pthread_mutex_init(mutex, &attributes);
  pthread_mutexattr_destroy(&attributes);
  return error;
}

Status lock_robust_mutex(pthread_mutex_t* mutex, Deadline deadline) {
  const int error = acquire(mutex, deadline);
  switch (error) {
    case 0:
      return {};
    case EOWNERDEAD:
      pthread_mutex_consistent(mutex);
      return {};
    case EBUSY:
      return fail(Errc::would_block, "pthread_mutex_trylock");
    case ETIMEDOUT:
      return fail(Errc::timeout, "pthread_mutex_timedlock");
    case ENOTRECOVERABLE:
      return fail(Errc::peer_died, "pthread_mutex_lock");
    default:
      return tl::make_unexpected(Error{Errc::system, error, "pthread_mutex_lock"});
  }
}

Status unlock_robust_mutex(pthread_mutex_t* mutex) {
  const int error = pthread_mutex_unlock(mutex);
  return error == 0 ? Status{}
                    : tl::make_unexpected(Error{Errc::system, error, "pthread_mutex_unlock"});
}

}  // namespace ipcmark
