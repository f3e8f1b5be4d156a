// A word in shared memory on which two ends wait by futex: bit 0 says whether a message is there,
// bit 1 that somebody sleeps, so that nobody is woken who does not.
#pragma once

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <atomic>

#include "bench/handwritten/plain.hpp"

inline constexpr uint32_t is_full = 1, is_awaited = 2;

inline void await(std::atomic<uint32_t>& word, uint32_t wanted) {
  for (;;) {
    uint32_t seen = word.load(std::memory_order_acquire);
    if ((seen & is_full) == wanted) return;
    if ((seen & is_awaited) == 0 && !word.compare_exchange_weak(seen, seen | is_awaited)) continue;
    syscall(SYS_futex, &word, FUTEX_WAIT, seen | is_awaited, nullptr, nullptr, 0);
  }
}

inline void set(std::atomic<uint32_t>& word, uint32_t value) {
  if ((word.exchange(value) & is_awaited) == 0) return;
  syscall(SYS_futex, &word, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

inline void* shared_memory(size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  need(memory != MAP_FAILED, "mmap");
  return memory;
}
