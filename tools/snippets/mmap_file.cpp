// A lock-free ring in a mapped file: unrelated processes find it by its path.
// c++ -std=c++20 mmap_file.cpp
//
// One producer, one consumer, both busy waiting. To sleep instead: see the snippet of futex.
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>

constexpr uint32_t slots = 256;  // a power of two
constexpr int messages = 100'000;

struct Ring {  // a file of zeros is an empty ring
  // Counters on cache lines of their own: each is written by one side only.
  alignas(64) std::atomic<uint32_t> head;  // written so far
  alignas(64) std::atomic<uint32_t> tail;  // read so far
  alignas(64) int slot[slots];
};
static_assert(std::atomic<uint32_t>::is_always_lock_free);

template <class Condition>
void spin_until(Condition condition) {
  for (unsigned tries = 1; !condition(); ++tries) {
    if (tries % 1000 == 0) sched_yield();  // the other side may need this CPU
  }
}

Ring* map(const char* path) {
  const int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return nullptr;
  void* const memory = mmap(nullptr, sizeof(Ring), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);  // the mapping stays
  return memory == MAP_FAILED ? nullptr : static_cast<Ring*>(memory);
}

int produce(Ring& ring) {
  for (int i = 1; i <= messages; ++i) {
    const uint32_t head = ring.head.load(std::memory_order_relaxed);
    spin_until([&] { return head - ring.tail.load(std::memory_order_acquire) < slots; });
    ring.slot[head % slots] = i;
    ring.head.store(head + 1, std::memory_order_release);  // the message is written before
  }
  return 0;
}

int64_t consume(Ring& ring) {
  int64_t sum = 0;
  for (uint32_t tail = 0; tail < messages; ++tail) {
    spin_until([&] { return ring.head.load(std::memory_order_acquire) != tail; });
    sum += ring.slot[tail % slots];
    ring.tail.store(tail + 1, std::memory_order_release);  // the slot is free from here on
  }
  return sum;
}

int main() {
  char path[] = "/dev/shm/ring.XXXXXX";  // a file on a disk would be written back meanwhile
  const int fd = mkstemp(path);
  // posix_fallocate: a full file system is an error here, not a SIGBUS at the first write later.
  if (fd < 0 || posix_fallocate(fd, 0, sizeof(Ring)) != 0) return perror(path), 1;
  close(fd);
  const pid_t child = fork();
  Ring* const ring = map(path);  // each process for itself, as unrelated ones would
  if (ring == nullptr) return perror("mmap"), 1;
  if (child == 0) _exit(produce(*ring));
  const int64_t sum = consume(*ring);
  printf("%d messages, sum %lld\n", messages, static_cast<long long>(sum));
  waitpid(child, nullptr, 0);
  unlink(path);
  return sum == int64_t{messages} * (messages + 1) / 2 ? 0 : 1;
}
