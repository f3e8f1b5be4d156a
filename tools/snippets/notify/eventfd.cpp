// Telling another process by an eventfd. c++ -std=c++20 eventfd.cpp
#include <stdint.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  // EFD_SEMAPHORE: each read takes one signal; without it, a read takes all there were.
  const int event = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
  if (event < 0) return perror("eventfd"), 1;
  const pid_t child = fork();  // unrelated processes are sent it over a Unix socket (SCM_RIGHTS)
  if (child == 0) {
    for (int i = 1; i <= 3; ++i) {
      uint64_t one = 0;
      if (read(event, &one, sizeof one) != sizeof one) _exit(1);  // sleeps; poll() works, too
      printf("signal %d\n", i);
    }
    fflush(stdout);
    _exit(0);
  }
  for (int i = 1; i <= 3; ++i) {
    const uint64_t one = 1;
    if (write(event, &one, sizeof one) != sizeof one) return perror("write"), 1;
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0 ? 0 : 1;
}
