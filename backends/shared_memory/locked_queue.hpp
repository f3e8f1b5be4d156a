// A bounded queue of variable-length messages for many producers and many consumers, over a span of
// shared bytes and under a robust process-shared mutex. No waiting for messages or room in here.
//
// A change is one store of one word: a message exists once `head` has moved past it, and is gone
// once `tail` has. A process killed anywhere while it holds the mutex has therefore either done its
// whole change or none of it, and the next owner only has to declare the mutex consistent.
//
// As in the byte ring, the data bytes are mapped twice back to back, and every index and length is
// read from shared memory once and checked before use. The mutex is trusted, as it has to be:
// robust_mutex.hpp says with what.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "backends/deadline.hpp"
#include "backends/error.hpp"

namespace ipcmark::ring {

struct QueueControl {
  alignas(128) pthread_mutex_t mutex;
  alignas(128) std::atomic<std::uint64_t> head;  // written under the mutex, looked at without
  std::atomic<std::uint64_t> tail;
  std::atomic<std::uint32_t> closed_senders;
  std::atomic<std::uint32_t> abandoned_senders;
  // Futex words and how many sleep on them. A killed sleeper stays counted: that costs a needless
  // wake-up call now and then, never a lost one.
  alignas(128) std::atomic<std::uint32_t> data_word;
  std::atomic<std::uint32_t> data_waiters;
  alignas(128) std::atomic<std::uint32_t> space_word;
  std::atomic<std::uint32_t> space_waiters;
};

inline constexpr std::uint64_t queue_record(std::uint64_t length) {
  return sizeof(std::uint64_t) + (length + 7) / 8 * 8;
}

class LockedQueue {
 public:
  // `data` is mapped twice: 2 * capacity bytes are addressable. capacity is a multiple of 8.
  LockedQueue(QueueControl& control, std::byte* data, std::uint64_t capacity, std::uint64_t largest)
      : control_(control), data_(data), capacity_(capacity), largest_(largest) {}

  // Once, by the creator, over zero-filled memory.
  static Status initialise(QueueControl& control);

  // Copies the message in. would_block: no room; timeout: the mutex was not to be had in time.
  Status push(std::span<const std::byte> message, Deadline deadline);
  // Copies the oldest message out. would_block: empty; too_large: it stays.
  Result<std::size_t> pop(std::span<std::byte> buffer, Deadline deadline);

  // Without the mutex: for spinning, and for the last look before a sleep (hence the order).
  bool looks_empty() const {
    return control_.head.load(std::memory_order_seq_cst) ==
           control_.tail.load(std::memory_order_seq_cst);
  }
  bool looks_roomy(std::uint64_t length) const {
    const std::uint64_t tail = control_.tail.load(std::memory_order_seq_cst);
    return control_.head.load(std::memory_order_seq_cst) - tail + queue_record(length) <= capacity_;
  }
  QueueControl& control() const { return control_; }

 private:
  Status acquire(Deadline deadline);
  void unlock() { ::pthread_mutex_unlock(&control_.mutex); }

  QueueControl& control_;
  std::byte* data_;
  std::uint64_t capacity_;
  std::uint64_t largest_;
};

}  // namespace ipcmark::ring
