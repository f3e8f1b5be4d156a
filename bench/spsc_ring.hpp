// The plainest quick ring in shared memory: one producer, one consumer, slots of one fixed size,
// both busy waiting. Each side keeps the other's index as it last saw it, and looks again only when
// that one says full or empty. Includes nothing of ipcmark.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

template <std::size_t size, std::uint64_t slots = 1024>
class SpscRing {
  static_assert((slots & (slots - 1)) == 0, "a power of two");

 public:
  // In zeroed shared memory; one object on each side.
  struct Memory {
    alignas(128) std::atomic<std::uint64_t> head;  // written so far
    alignas(128) std::atomic<std::uint64_t> tail;  // read so far
    alignas(128) unsigned char slot[slots][size];
  };
  explicit SpscRing(Memory& memory) : memory_(memory) {}

  bool try_push(const void* message) {
    if (own_ - seen_ == slots) {
      seen_ = memory_.tail.load(std::memory_order_acquire);
      if (own_ - seen_ == slots) return false;
    }
    std::memcpy(memory_.slot[own_ % slots], message, size);
    memory_.head.store(++own_, std::memory_order_release);
    return true;
  }

  bool try_pop(void* message) {
    if (own_ == seen_) {
      seen_ = memory_.head.load(std::memory_order_acquire);
      if (own_ == seen_) return false;
    }
    std::memcpy(message, memory_.slot[own_ % slots], size);
    memory_.tail.store(++own_, std::memory_order_release);
    return true;
  }

 private:
  Memory& memory_;
  std::uint64_t own_ = 0;   // this side's index
  std::uint64_t seen_ = 0;  // the other's, as last seen
};
