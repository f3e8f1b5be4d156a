// Messages through a pipe, from a parent to its child. c++ -std=c++20 pipe.cpp
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

struct Message {
  int number;
  char text[60];
};

int main() {
  int ends[2];  // [0] to read, [1] to write
  if (pipe(ends) != 0) return perror("pipe"), 1;
  const pid_t child = fork();
  if (child == 0) {
    close(ends[1]);  // or the end of file would never come
    Message message;
    int received = 0;
    // At most PIPE_BUF (4096) bytes are written and read whole; more must be read in a loop.
    while (read(ends[0], &message, sizeof message) == sizeof message) {
      printf("%d: %s\n", message.number, message.text);
      ++received;
    }
    fflush(stdout);
    _exit(received == 3 ? 0 : 1);
  }
  close(ends[0]);
  for (int i = 1; i <= 3; ++i) {
    Message message{i, "hello through a pipe"};
    if (write(ends[1], &message, sizeof message) != sizeof message) return perror("write"), 1;
  }
  close(ends[1]);  // the reader sees the end of file
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0 ? 0 : 1;
}
