// Requests and replies over a Unix stream socket. c++ -std=c++20 unix_stream.cpp
//
// Between unrelated processes: socket(), bind() to a path and listen() on one side, connect() on
// the other, instead of socketpair().
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

// A stream has no boundaries: each message is preceded by its length.
bool transfer(int fd, void* data, size_t size, bool out) {
  char* at = static_cast<char*>(data);
  while (size > 0) {  // send and recv may do a part only
    const ssize_t done = out ? send(fd, at, size, MSG_NOSIGNAL) : recv(fd, at, size, 0);
    if (done <= 0) return false;  // 0: the other side has closed
    at += done;
    size -= static_cast<size_t>(done);
  }
  return true;
}

bool send_message(int fd, std::string text) {
  uint32_t size = static_cast<uint32_t>(text.size());
  return transfer(fd, &size, sizeof size, true) && transfer(fd, text.data(), text.size(), true);
}

bool receive_message(int fd, std::string& text) {
  uint32_t size = 0;
  if (!transfer(fd, &size, sizeof size, false) || size > 1U << 20U) return false;
  text.resize(size);
  return transfer(fd, text.data(), size, false);
}

int main() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return perror("socketpair"), 1;
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    std::string request;
    while (receive_message(ends[1], request)) send_message(ends[1], "got " + request);
    _exit(0);
  }
  close(ends[1]);
  std::string reply;
  for (const char* request : {"one", "two", "three"}) {
    if (!send_message(ends[0], request) || !receive_message(ends[0], reply)) return 1;
    printf("%s\n", reply.c_str());
  }
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return reply == "got three" ? 0 : 1;
}
