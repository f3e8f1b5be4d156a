// Telling another process by a System V semaphore. c++ -std=c++20 sysv_sem.cpp
#include <errno.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>

bool change(int semaphores, short by) {
  sembuf operation{0, by, 0};  // below 0: waits until there is that much to take
  while (semop(semaphores, &operation, 1) != 0) {
    if (errno != EINTR) return perror("semop"), false;
  }
  return true;
}

int main() {
  // IPC_PRIVATE: found by relatives only. It stays until it is removed, whoever ends or crashes.
  const int semaphores = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);  // begins at 0
  if (semaphores < 0) return perror("semget"), 1;
  const pid_t child = fork();
  if (child == 0) {
    for (int i = 1; i <= 3; ++i) {
      if (!change(semaphores, -1)) _exit(1);
      printf("signal %d\n", i);
    }
    fflush(stdout);
    _exit(0);
  }
  bool good = true;
  for (int i = 0; i < 3; ++i) good = change(semaphores, +1) && good;
  int status = 0;
  waitpid(child, &status, 0);
  semctl(semaphores, 0, IPC_RMID);
  return good && status == 0 ? 0 : 1;
}
