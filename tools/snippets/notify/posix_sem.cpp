// Telling another process by a POSIX semaphore. c++ -std=c++20 posix_sem.cpp -pthread
#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  // Between unrelated processes: sem_open() with a name and O_EXCL.
  void* const memory =
      mmap(nullptr, sizeof(sem_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return perror("mmap"), 1;
  sem_t* const signals = static_cast<sem_t*>(memory);
  constexpr int between_processes = 1;
  if (sem_init(signals, between_processes, 0) != 0) return perror("sem_init"), 1;
  const pid_t child = fork();
  if (child == 0) {
    for (int i = 1; i <= 3; ++i) {
      while (sem_wait(signals) != 0) {  // sem_clockwait() where the signaller may die
        if (errno != EINTR) _exit(1);
      }
      printf("signal %d\n", i);
    }
    fflush(stdout);
    _exit(0);
  }
  for (int i = 0; i < 3; ++i) sem_post(signals);
  int status = 0;
  waitpid(child, &status, 0);
  sem_destroy(signals);
  return status == 0 ? 0 : 1;
}
