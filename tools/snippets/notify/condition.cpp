// Telling another process by a condition variable. c++ -std=c++20 condition.cpp -pthread
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct Event {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  int signals;
};

void initialise(Event& event) {
  pthread_mutexattr_t mutex;
  pthread_mutexattr_init(&mutex);
  pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&mutex, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&event.mutex, &mutex);
  pthread_condattr_t condition;
  pthread_condattr_init(&condition);
  pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
  pthread_condattr_setclock(&condition, CLOCK_MONOTONIC);
  pthread_cond_init(&event.changed, &condition);
}

void lock(Event& event) {
  if (pthread_mutex_lock(&event.mutex) == EOWNERDEAD) pthread_mutex_consistent(&event.mutex);
}

int main() {
  // Between unrelated processes: shm_open() with a name, O_EXCL and ftruncate().
  void* const memory =
      mmap(nullptr, sizeof(Event), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return perror("mmap"), 1;
  Event& event = *static_cast<Event*>(memory);
  initialise(event);
  const pid_t child = fork();
  if (child == 0) {
    lock(event);
    while (event.signals < 3) {  // in a loop: it may return without a signal
      timespec limit;
      clock_gettime(CLOCK_MONOTONIC, &limit);
      limit.tv_sec += 1;  // not for ever: the condition variable does not notice a killed signaller
      const int error = pthread_cond_timedwait(&event.changed, &event.mutex, &limit);
      if (error == EOWNERDEAD) pthread_mutex_consistent(&event.mutex);
    }
    printf("%d signals\n", event.signals);
    pthread_mutex_unlock(&event.mutex);
    fflush(stdout);
    _exit(0);
  }
  for (int i = 0; i < 3; ++i) {
    lock(event);
    event.signals += 1;
    pthread_mutex_unlock(&event.mutex);
    pthread_cond_signal(&event.changed);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0 ? 0 : 1;
}
