// A queue in shared memory under a robust mutex: several producers, one consumer.
// c++ -std=c++20 shm_mutex.cpp -pthread
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

constexpr unsigned slots = 64;

struct Queue {
  pthread_mutex_t mutex;
  unsigned written, taken;  // so far
  int messages[slots];
};

// True: locked. The holder before may have died in the middle; each call changes one counter, last
// of all, so that there is nothing to repair.
bool lock(Queue& queue) {
  const int error = pthread_mutex_lock(&queue.mutex);
  if (error == EOWNERDEAD) return pthread_mutex_consistent(&queue.mutex) == 0;
  return error == 0;
}

bool try_push(Queue& queue, int message) {
  if (!lock(queue)) return false;
  const bool room = queue.written - queue.taken < slots;
  if (room) {
    queue.messages[queue.written % slots] = message;
    queue.written += 1;
  }
  pthread_mutex_unlock(&queue.mutex);
  return room;
}

bool try_pop(Queue& queue, int& message) {
  if (!lock(queue)) return false;
  const bool any = queue.written != queue.taken;
  if (any) {
    message = queue.messages[queue.taken % slots];
    queue.taken += 1;
  }
  pthread_mutex_unlock(&queue.mutex);
  return any;
}

void pause_a_little() {  // to sleep until there is news, see the snippet of futex
  const timespec time{0, 20'000};
  nanosleep(&time, nullptr);
}

int main() {
  // Between unrelated processes: shm_open() with a name, O_EXCL and ftruncate().
  void* const memory =
      mmap(nullptr, sizeof(Queue), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return perror("mmap"), 1;
  Queue& queue = *static_cast<Queue*>(memory);
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&queue.mutex, &attributes);

  constexpr int producers = 4;
  constexpr int each = 100;
  for (int producer = 0; producer < producers; ++producer) {
    if (fork() != 0) continue;
    for (int i = 1; i <= each; ++i) {
      while (!try_push(queue, i)) pause_a_little();
    }
    _exit(0);
  }
  long sum = 0;
  for (int taken = 0; taken < producers * each; ++taken) {
    int message = 0;
    while (!try_pop(queue, message)) pause_a_little();
    sum += message;
  }
  printf("%d messages, sum %ld\n", producers * each, sum);
  while (wait(nullptr) > 0) {
  }
  return sum == producers * each * (each + 1) / 2 ? 0 : 1;
}
