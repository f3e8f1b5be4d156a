#include "backends/shared_memory/locked_queue.hpp"

#include <sched.h>

#include <cerrno>
#include <cstring>

#include "backends/shared_memory/waiting.hpp"

namespace ipcmark::ring {
namespace {

// How often a call with an immediate deadline tries for the mutex. Its owners hold it for one copy;
// to report a full or empty queue because of that would be wrong, to sleep would be too.
constexpr int immediate_tries = 200;

int try_for_a_while(pthread_mutex_t& mutex) {
  int error = EBUSY;
  for (int i = 0; i < immediate_tries && error == EBUSY; ++i) {
    error = ::pthread_mutex_trylock(&mutex);
    if (error != EBUSY) break;
    if (i % 20 == 19) {
      ::sched_yield();
    } else {
      pause_cpu();
    }
  }
  return error;
}

int lock_until(pthread_mutex_t& mutex, Deadline deadline) {
#if defined(__SANITIZE_THREAD__)
  // GCC 12's ThreadSanitizer does not know pthread_mutex_clocklock and takes its unlock for an
  // error.
  int error = EBUSY;
  while ((error = ::pthread_mutex_trylock(&mutex)) == EBUSY && !deadline.passed()) ::sched_yield();
  return error == EBUSY ? ETIMEDOUT : error;
#else
  const std::uint64_t ns = deadline.monotonic_ns();
  const timespec until = to_timespec(ns);
  return ::pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &until);
#endif
}

constexpr std::uint64_t length_bytes = sizeof(std::uint64_t);

// Atomic although the mutex is held: a peer that does not keep to it must not change the length
// between the check and the copy, nor may the compiler read it twice.
std::atomic_ref<std::uint64_t> length_at(std::byte* place) {
  return std::atomic_ref<std::uint64_t>(*reinterpret_cast<std::uint64_t*>(place));
}

}  // namespace

Status LockedQueue::initialise(QueueControl& control) {
  pthread_mutexattr_t attributes;
  ::pthread_mutexattr_init(&attributes);
  ::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  ::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  const int error = ::pthread_mutex_init(&control.mutex, &attributes);
  ::pthread_mutexattr_destroy(&attributes);
  if (error != 0) return fail(Errc::system, "pthread_mutex_init", error);
  return {};
}

Status LockedQueue::acquire(Deadline deadline) {
  int error = 0;
  if (deadline.is_never()) {
    error = ::pthread_mutex_lock(&control_.mutex);
  } else if (deadline.is_immediate()) {
    error = try_for_a_while(control_.mutex);
  } else {
    error = lock_until(control_.mutex, deadline);
  }
  switch (error) {
    case 0:
      return {};
    case EOWNERDEAD:
      // Nothing to repair: see the top of locked_queue.hpp.
      ::pthread_mutex_consistent(&control_.mutex);
      return {};
    case EBUSY:
      return fail(Errc::would_block, "pthread_mutex_trylock");
    case ETIMEDOUT:
      return fail(Errc::timeout, "pthread_mutex_clocklock");
    default:
      return tl::make_unexpected(Error{Errc::system, error, "pthread_mutex_lock"});
  }
}

Status LockedQueue::push(std::span<const std::byte> message, Deadline deadline) {
  if (Status status = acquire(deadline); !status) return status;
  const std::uint64_t head = control_.head.load(std::memory_order_relaxed);
  const std::uint64_t tail = control_.tail.load(std::memory_order_relaxed);
  const std::uint64_t record = queue_record(message.size());
  Status status;
  if (head - tail > capacity_ || head % 8 != 0) {
    status = fail(Errc::corrupt, "queue indices");
  } else if (head - tail + record > capacity_) {
    status = fail(Errc::would_block, "send");
  } else {
    std::byte* place = data_ + head % capacity_;
    length_at(place).store(message.size(), std::memory_order_relaxed);
    if (!message.empty()) std::memcpy(place + length_bytes, message.data(), message.size());
    control_.head.store(head + record, std::memory_order_seq_cst);
  }
  unlock();
  return status;
}

Result<std::size_t> LockedQueue::pop(std::span<std::byte> buffer, Deadline deadline) {
  if (Status status = acquire(deadline); !status) return tl::make_unexpected(status.error());
  const std::uint64_t head = control_.head.load(std::memory_order_relaxed);
  const std::uint64_t tail = control_.tail.load(std::memory_order_relaxed);
  const std::uint64_t held = head - tail;
  Result<std::size_t> result = fail(Errc::would_block, "receive");
  if (held > capacity_ || tail % 8 != 0) {
    result = fail(Errc::corrupt, "queue indices");
  } else if (held != 0) {
    std::byte* place = data_ + tail % capacity_;
    const std::uint64_t length = length_at(place).load(std::memory_order_relaxed);
    if (length > largest_ || queue_record(length) > held) {
      result = fail(Errc::corrupt, "queue record");
    } else if (length > buffer.size()) {
      result = fail(Errc::too_large, "receive");
    } else {
      if (length != 0) std::memcpy(buffer.data(), place + length_bytes, length);
      control_.tail.store(tail + queue_record(length), std::memory_order_seq_cst);
      result = length;
    }
  }
  unlock();
  return result;
}

}  // namespace ipcmark::ring
