// A ring in shared memory whose sender never waits: receivers read what they are quick enough for,
// count what they have missed, and never see half a message.
// c++ -std=c++20 lossy_ring.cpp
//
// Each slot has a version: odd while it is written to. A receiver reads it, copies, and reads it
// again. The copies are made by atomic loads and stores, because both sides are at work in the same
// bytes: release and acquire keep them between the two looks at the version.
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <new>

constexpr uint64_t slots = 64;  // a power of two
constexpr uint64_t messages = 1'000'000;

using Message = std::array<uint64_t, 7>;

struct Slot {
  alignas(64) std::atomic<uint64_t> version;
  std::array<std::atomic<uint64_t>, 7> words;
};
struct Ring {
  alignas(64) std::atomic<uint64_t> head;  // messages written so far
  std::array<Slot, slots> slot;
};
static_assert(std::atomic<uint64_t>::is_always_lock_free);

uint64_t whole(uint64_t number) { return 2 * number + 2; }

void send(Ring& ring, uint64_t number, const Message& message) {
  Slot& slot = ring.slot[number % slots];
  slot.version.store(whole(number) - 1, std::memory_order_relaxed);
  for (size_t i = 0; i < message.size(); ++i) {
    slot.words[i].store(message[i], std::memory_order_release);
  }
  slot.version.store(whole(number), std::memory_order_release);
  ring.head.store(number + 1, std::memory_order_release);
}

// Whether that message is still there, whole.
bool read(Ring& ring, uint64_t number, Message& message) {
  Slot& slot = ring.slot[number % slots];
  if (slot.version.load(std::memory_order_acquire) != whole(number)) return false;
  for (size_t i = 0; i < message.size(); ++i) {
    message[i] = slot.words[i].load(std::memory_order_acquire);
  }
  return slot.version.load(std::memory_order_relaxed) == whole(number);
}

// Reads until the last message; the number of those that it has missed, or nothing is right.
int receive_all(Ring& ring) {
  uint64_t next = 0, lost = 0, read_whole = 0;
  while (next < messages) {
    const uint64_t head = ring.head.load(std::memory_order_acquire);
    if (head <= next) {
      sched_yield();  // the sender may need this CPU
      continue;
    }
    Message message;
    if (!read(ring, next, message)) {  // overwritten: on to the newest
      lost += head - 1 - next;
      next = head - 1;
      continue;
    }
    for (const uint64_t word : message) {
      if (word != next) return puts("a torn message"), 1;
    }
    ++read_whole;
    ++next;
  }
  printf("%llu read, %llu missed\n", static_cast<unsigned long long>(read_whole),
         static_cast<unsigned long long>(lost));
  return read_whole + lost == messages ? 0 : 1;
}

int main() {
  // Between unrelated processes: shm_open() with a name, O_EXCL and ftruncate().
  void* const memory =
      mmap(nullptr, sizeof(Ring), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return perror("mmap"), 1;
  Ring& ring = *new (memory) Ring{};
  if (fork() == 0) return receive_all(ring);
  for (uint64_t number = 0; number < messages; ++number) {
    Message message;
    message.fill(number);
    send(ring, number, message);
  }
  int status = 0;
  wait(&status);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
