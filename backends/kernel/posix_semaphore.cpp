#include "backends/kernel/posix_semaphore.hpp"

#include <cerrno>

namespace ipcmark {

namespace {

template <unsigned tokens>
int initialise(std::byte* page) {
  constexpr int shared_between_processes = 1;
  return ::sem_init(reinterpret_cast<sem_t*>(page), shared_between_processes, tokens) == 0 ? 0
                                                                                           : errno;
}

}  // namespace

Result<Address> create_posix_semaphore(bool with_token) {
  return create_shared_page("posix_sem", with_token ? initialise<1> : initialise<0>);
}

Status PosixSemaphore::give() {
  if (::sem_post(semaphore_) == 0) return {};
  if (errno == EOVERFLOW) {
    return fail(Errc::limit, "sem_post: the semaphore is at its maximum", errno);
  }
  return fail(Errc::system, "sem_post", errno);
}

Status PosixSemaphore::take(Deadline deadline) {
  // No system call while a token is there, and no timer for those who never wait.
  if (::sem_trywait(semaphore_) == 0) return {};
  return call_.get(
      "sem_wait", deadline, [&] { return ::sem_wait(semaphore_) == 0; },
      [&] { return ::sem_trywait(semaphore_) == 0; },
      // sem_timedwait(3) knows the real-time clock alone. A step of that clock shortens or
      // stretches one slice; the deadline itself is compared with the monotonic clock.
      [&](std::uint64_t ns) {
        const timespec until = real_time_after(ns);
        return ::sem_timedwait(semaphore_, &until) == 0;
      });
}

}  // namespace ipcmark
