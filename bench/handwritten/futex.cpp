// A mailbox of one message in shared memory, with futex wait and wake: the control of shm_ring.
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <atomic>

#include "bench/handwritten/plain.hpp"

struct Mailbox {
  std::atomic<uint32_t> full;
  alignas(64) char payload[1];
};

static void await(std::atomic<uint32_t>& word, uint32_t wanted) {
  while (word.load(std::memory_order_acquire) != wanted) {
    syscall(SYS_futex, &word, FUTEX_WAIT, 1 - wanted, nullptr, nullptr, 0);
  }
}

static void set(std::atomic<uint32_t>& word, uint32_t value) {
  word.store(value, std::memory_order_release);
  syscall(SYS_futex, &word, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

int main(int argc, char** argv) {
  const Run run = parse(argc, argv);
  Mailbox* boxes[2];
  for (auto& box : boxes) {
    void* memory = mmap(nullptr, sizeof(Mailbox) + run.size, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    need(memory != MAP_FAILED, "mmap");
    box = (Mailbox*)memory;
  }
  play(
      run,
      [&](int i) {
        await(boxes[i]->full, 0);
        memcpy(boxes[i]->payload, run.payload, run.size);
        set(boxes[i]->full, 1);
      },
      [&](int i) {
        await(boxes[i]->full, 1);
        memcpy(run.payload, boxes[i]->payload, run.size);
        set(boxes[i]->full, 0);
      });
  return 0;
}
