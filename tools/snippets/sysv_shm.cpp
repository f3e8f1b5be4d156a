// A System V shared memory segment: several writers, counted under a robust mutex.
// c++ -std=c++20 sysv_shm.cpp -pthread
//
// A queue in it looks as in any other shared memory (see the snippet of shm_mutex); only how the
// memory is found and removed is different.
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

struct Shared {
  pthread_mutex_t mutex;
  long sum;
};

int main() {
  // Between unrelated processes: a key that both know in place of IPC_PRIVATE, and IPC_EXCL.
  const int segment = shmget(IPC_PRIVATE, sizeof(Shared), IPC_CREAT | 0600);
  if (segment < 0) return perror("shmget"), 1;
  void* const memory = shmat(segment, nullptr, 0);
  // It outlives all processes unless it is removed; so marked, it goes with the last that has it.
  shmctl(segment, IPC_RMID, nullptr);
  if (memory == reinterpret_cast<void*>(-1)) return perror("shmat"), 1;
  auto& shared = *static_cast<Shared*>(memory);
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&shared.mutex, &attributes);

  constexpr int writers = 4;
  constexpr int each = 10'000;
  for (int writer = 0; writer < writers; ++writer) {
    if (fork() != 0) continue;
    for (int i = 0; i < each; ++i) {
      if (pthread_mutex_lock(&shared.mutex) == EOWNERDEAD) pthread_mutex_consistent(&shared.mutex);
      shared.sum += 1;
      pthread_mutex_unlock(&shared.mutex);
    }
    _exit(0);
  }
  while (wait(nullptr) > 0) {
  }
  printf("sum %ld\n", shared.sum);
  return shared.sum == long{writers} * each ? 0 : 1;
}
