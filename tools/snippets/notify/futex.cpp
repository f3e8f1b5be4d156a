// Telling another process by a futex: a word in shared memory, and a system call only to sleep and
// to wake. c++ -std=c++20 futex.cpp
#include <errno.h>
#include <linux/futex.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <new>

// Never std::atomic::wait between processes: it waits on something private to one.
long futex(std::atomic<uint32_t>* word, int operation, uint32_t value, const timespec* timeout) {
  return syscall(SYS_futex, reinterpret_cast<uint32_t*>(word), operation, value, timeout, nullptr,
                 0);
}

struct Event {
  std::atomic<uint32_t> signals{0};  // how many there were
  std::atomic<uint32_t> waiters{0};
};

void signal_one(Event& event) {
  event.signals.fetch_add(1);
  if (event.waiters.load() != 0) futex(&event.signals, FUTEX_WAKE, 1, nullptr);
}

// Returns when there have been more than `seen` signals.
void wait_beyond(Event& event, uint32_t seen) {
  while (event.signals.load() <= seen) {
    event.waiters.fetch_add(1);
    // Sleeps only if no signal has come meanwhile. Not for ever: a process that is killed between
    // its count and its wake-up call wakes nobody.
    const timespec slice{0, 100'000'000};
    futex(&event.signals, FUTEX_WAIT, seen, &slice);
    event.waiters.fetch_sub(1);
  }
}

int main() {
  // Between unrelated processes: shm_open() with a name, O_EXCL and ftruncate().
  void* const memory =
      mmap(nullptr, sizeof(Event), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return perror("mmap"), 1;
  Event& event = *new (memory) Event;
  const pid_t child = fork();
  if (child == 0) {
    for (uint32_t seen = 0; seen < 3; ++seen) {
      wait_beyond(event, seen);
      printf("signal %u\n", seen + 1);
    }
    fflush(stdout);
    _exit(0);
  }
  for (int i = 0; i < 3; ++i) signal_one(event);
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0 ? 0 : 1;
}
