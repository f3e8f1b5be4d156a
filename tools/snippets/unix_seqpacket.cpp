// Requests and replies over a Unix socket that keeps messages whole.
// c++ -std=c++20 unix_seqpacket.cpp
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <initializer_list>

int main() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return perror("socketpair"), 1;
  }
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    char message[4096];
    while (true) {
      // One message a call. 0 is the end of file, so that an empty message cannot be told from it.
      const ssize_t size = recv(ends[1], message, sizeof message, 0);
      if (size <= 0) _exit(size == 0 ? 0 : 1);
      send(ends[1], message, static_cast<size_t>(size), MSG_NOSIGNAL);
    }
  }
  close(ends[1]);
  char reply[4096];
  ssize_t size = 0;
  for (const char* request : {"one", "two", "three"}) {
    if (send(ends[0], request, strlen(request), MSG_NOSIGNAL) < 0) return perror("send"), 1;
    size = recv(ends[0], reply, sizeof reply, 0);
    if (size < 0) return perror("recv"), 1;
    printf("%.*s came back\n", static_cast<int>(size), reply);
  }
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return size == 5 && memcmp(reply, "three", 5) == 0 ? 0 : 1;
}
