// Telling another process by a byte in a pipe. c++ -std=c++20 pipe.cpp
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  int ends[2];  // [0] to read, [1] to write
  if (pipe(ends) != 0) return perror("pipe"), 1;
  const pid_t child = fork();
  if (child == 0) {
    close(ends[1]);  // or the end of file would never come
    int signals = 0;
    char byte = 0;
    while (read(ends[0], &byte, 1) == 1) printf("signal %d\n", ++signals);  // poll() works, too
    fflush(stdout);
    _exit(signals == 3 ? 0 : 1);
  }
  close(ends[0]);
  for (int i = 0; i < 3; ++i) {
    const char byte = 1;
    if (write(ends[1], &byte, 1) != 1) return perror("write"), 1;
  }
  close(ends[1]);  // the end: the reader sees the end of file, as it would if we had died
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0 ? 0 : 1;
}
