// Messages over Unix datagram sockets. c++ -std=c++20 unix_dgram.cpp
//
// Between unrelated processes: the receiver binds its socket to a path in a directory of its own,
// senders give that path to sendto().
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct Message {
  int number;  // 0: the last one, since datagrams have no end of file
  char text[60];
};

int main() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) != 0) return perror("socketpair"), 1;
  const pid_t child = fork();
  if (child == 0) {
    Message message{};
    int received = 0;
    while (recv(ends[1], &message, sizeof message, 0) == sizeof message && message.number != 0) {
      printf("%d: %s\n", message.number, message.text);
      ++received;
    }
    fflush(stdout);
    _exit(received == 3 ? 0 : 1);
  }
  for (int i = 1; i <= 4; ++i) {
    const Message message{i % 4, "hello in a datagram"};
    // Waits while the receiver's queue is full.
    if (send(ends[0], &message, sizeof message, MSG_NOSIGNAL) < 0) return perror("send"), 1;
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0 ? 0 : 1;
}
