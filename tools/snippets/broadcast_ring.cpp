// A ring in shared memory from one sender to several receivers, all busy waiting: each of them gets
// every message, and the slowest holds the sender up.
// c++ -std=c++20 broadcast_ring.cpp
//
// A receiver that was killed would hold the sender up for good: somebody must look whether each of
// them still lives, and leave the dead out.
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <new>

constexpr uint64_t slots = 256;  // a power of two
constexpr int receivers = 3;
constexpr int messages = 100'000;

struct Message {
  int number;
  char text[60];
};

struct Cursor {
  alignas(64) std::atomic<uint64_t> next;  // on a cache line of its own: one receiver writes it
};

struct Ring {
  alignas(64) std::atomic<uint64_t> head;  // messages written so far
  Cursor cursor[receivers];                // how many each receiver has read
  std::atomic<int64_t> sum;                // of all numbers received
  alignas(64) Message slot[slots];
};
static_assert(std::atomic<uint64_t>::is_always_lock_free);

template <class Condition>
void spin_until(Condition condition) {
  for (unsigned tries = 1; !condition(); ++tries) {
    if (tries % 1000 == 0) sched_yield();  // the others may need this CPU
  }
}

uint64_t slowest(const Ring& ring) {
  uint64_t min = UINT64_MAX;
  for (const Cursor& cursor : ring.cursor) {
    min = std::min(min, cursor.next.load(std::memory_order_acquire));
  }
  return min;
}

void send_all(Ring& ring) {
  uint64_t known = 0;  // the slowest cursor as last seen: it only moves on
  for (uint64_t head = 0; head < messages; ++head) {
    spin_until([&] { return head - known < slots || head - (known = slowest(ring)) < slots; });
    ring.slot[head % slots] = Message{static_cast<int>(head) + 1, "hello to all of you"};
    ring.head.store(head + 1, std::memory_order_release);  // the message is written before
  }
}

int64_t receive_all(Ring& ring, Cursor& cursor) {
  int64_t sum = 0;
  for (uint64_t next = 0; next < messages; ++next) {
    spin_until([&] { return ring.head.load(std::memory_order_acquire) > next; });
    sum += ring.slot[next % slots].number;
    cursor.next.store(next + 1, std::memory_order_release);  // the slot is read before
  }
  return sum;
}

int main() {
  // Between unrelated processes: shm_open() with a name, O_EXCL and ftruncate().
  void* const memory =
      mmap(nullptr, sizeof(Ring), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return perror("mmap"), 1;
  Ring& ring = *new (memory) Ring{};
  for (Cursor& cursor : ring.cursor) {
    if (fork() != 0) continue;
    ring.sum += receive_all(ring, cursor);
    _exit(0);
  }
  send_all(ring);
  while (wait(nullptr) > 0) {
  }
  const int64_t expected = int64_t{receivers} * messages * (messages + 1) / 2;
  printf("sum %lld of %lld\n", static_cast<long long>(ring.sum), static_cast<long long>(expected));
  return ring.sum == expected ? 0 : 1;
}
