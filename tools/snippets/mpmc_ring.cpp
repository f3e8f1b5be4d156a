// A bounded ring in shared memory for several producers and several consumers, all busy waiting:
// Vyukov's queue. Each message reaches exactly one consumer.
// c++ -std=c++20 mpmc_ring.cpp
//
// Who is killed between claiming a slot and handing it on blocks the others for good: then a claim
// must say whose it is, and somebody must look whether that one still lives.
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>

constexpr uint64_t slots = 256;  // a power of two
constexpr int producers = 2, consumers = 2, each = 50'000;

struct Message {
  int number;
  char text[52];
};

struct Slot {
  alignas(64) std::atomic<uint64_t> turn;  // whose it is: p to fill, p + 1 to empty
  Message message;
};

struct Ring {
  // On cache lines of their own: one is written by producers, the other by consumers.
  alignas(64) std::atomic<uint64_t> head;  // next to fill
  alignas(64) std::atomic<uint64_t> tail;  // next to empty
  alignas(64) std::atomic<int64_t> sum;    // of all numbers received
  Slot slot[slots];
};
static_assert(std::atomic<uint64_t>::is_always_lock_free);

// Claims the next place whose slot is at that turn: `offset` is 0 to fill and 1 to empty.
uint64_t claim(Ring& ring, std::atomic<uint64_t>& next, uint64_t offset) {
  uint64_t place = next.load(std::memory_order_relaxed);
  for (unsigned tries = 1;; ++tries) {
    const uint64_t turn = ring.slot[place % slots].turn.load(std::memory_order_acquire);
    if (turn == place + offset) {
      if (next.compare_exchange_weak(place, place + 1, std::memory_order_relaxed)) return place;
      continue;  // another was quicker; `place` is the next now
    }
    if (tries % 1000 == 0) sched_yield();  // the others may need this CPU
    place = next.load(std::memory_order_relaxed);
  }
}

void push(Ring& ring, const Message& message) {
  const uint64_t place = claim(ring, ring.head, 0);
  Slot& slot = ring.slot[place % slots];
  slot.message = message;
  slot.turn.store(place + 1, std::memory_order_release);  // the message is written before
}

Message pop(Ring& ring) {
  const uint64_t place = claim(ring, ring.tail, 1);
  Slot& slot = ring.slot[place % slots];
  const Message message = slot.message;
  slot.turn.store(place + slots, std::memory_order_release);  // to be filled in the next lap
  return message;
}

int main() {
  // Between unrelated processes: shm_open() with a name, O_EXCL and ftruncate().
  void* const memory =
      mmap(nullptr, sizeof(Ring), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return perror("mmap"), 1;
  Ring& ring = *new (memory) Ring{};
  for (uint64_t i = 0; i < slots; ++i) ring.slot[i].turn = i;
  for (int worker = 0; worker < producers + consumers; ++worker) {
    if (fork() != 0) continue;
    if (worker < producers) {
      for (int i = 1; i <= each; ++i) push(ring, Message{i, "hello to one of you"});
    } else {
      int64_t sum = 0;
      for (int i = 0; i < producers * each / consumers; ++i) sum += pop(ring).number;
      ring.sum += sum;
    }
    _exit(0);
  }
  while (wait(nullptr) > 0) {
  }
  const int64_t expected = int64_t{producers} * each * (each + 1) / 2;
  printf("sum %lld of %lld\n", static_cast<long long>(ring.sum), static_cast<long long>(expected));
  return ring.sum == expected ? 0 : 1;
}
