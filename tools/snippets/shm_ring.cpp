// A lock-free ring in shared memory: one producer, one consumer, both busy waiting.
// c++ -std=c++20 shm_ring.cpp
//
// Several producers: a ring for each. To sleep instead of spinning: see the snippet of futex.
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>

constexpr uint32_t slots = 256;  // a power of two
constexpr int messages = 100'000;

struct Message {
  int number;
  char text[60];
};

struct Ring {
  // Counters on cache lines of their own: each is written by one side only.
  alignas(64) std::atomic<uint32_t> head;  // written so far
  alignas(64) std::atomic<uint32_t> tail;  // read so far
  alignas(64) Message slot[slots];
};
static_assert(std::atomic<uint32_t>::is_always_lock_free);

template <class Condition>
void spin_until(Condition condition) {
  for (unsigned tries = 1; !condition(); ++tries) {
    if (tries % 1000 == 0) sched_yield();  // the other side may need this CPU
  }
}

void push(Ring& ring, const Message& message) {
  const uint32_t head = ring.head.load(std::memory_order_relaxed);
  spin_until([&] { return head - ring.tail.load(std::memory_order_acquire) < slots; });
  ring.slot[head % slots] = message;
  ring.head.store(head + 1, std::memory_order_release);  // the message is written before
}

Message pop(Ring& ring) {
  const uint32_t tail = ring.tail.load(std::memory_order_relaxed);
  spin_until([&] { return ring.head.load(std::memory_order_acquire) != tail; });
  const Message message = ring.slot[tail % slots];
  ring.tail.store(tail + 1, std::memory_order_release);  // the slot is free from here on
  return message;
}

int main() {
  // Between unrelated processes: shm_open() with a name, O_EXCL and ftruncate().
  void* const memory =
      mmap(nullptr, sizeof(Ring), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return perror("mmap"), 1;
  Ring& ring = *new (memory) Ring;
  const pid_t child = fork();
  if (child == 0) {
    for (int i = 1; i <= messages; ++i) push(ring, Message{i, "hello through a ring"});
    _exit(0);
  }
  int64_t sum = 0;
  for (int i = 1; i <= messages; ++i) sum += pop(ring).number;
  printf("%d messages, sum %lld\n", messages, static_cast<long long>(sum));
  waitpid(child, nullptr, 0);
  return sum == int64_t{messages} * (messages + 1) / 2 ? 0 : 1;
}
