// Requests and replies over TCP: the same code between processes and between machines.
// c++ -std=c++20 tcp.cpp
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

// A stream has no boundaries: each message is preceded by its length, in network byte order.
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

bool send_message(int fd, const std::string& text) {
  const uint32_t size = htonl(static_cast<uint32_t>(text.size()));
  std::string framed(reinterpret_cast<const char*>(&size), sizeof size);
  framed += text;  // one call: half a message sent alone would wait for an acknowledgement
  return transfer(fd, framed.data(), framed.size(), true);
}

bool receive_message(int fd, std::string& text) {
  uint32_t size = 0;
  if (!transfer(fd, &size, sizeof size, false) || ntohl(size) > 1U << 20U) return false;
  text.resize(ntohl(size));
  return transfer(fd, text.data(), text.size(), false);
}

void without_delay(int fd) {  // small messages leave at once
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

int main() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);  // of another machine: its address
  address.sin_port = 0;                              // any free port; a service names its own
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listener, generic, length) != 0 || listen(listener, 8) != 0 ||
      getsockname(listener, generic, &length) != 0) {
    return perror("listen"), 1;
  }
  const pid_t child = fork();
  if (child == 0) {  // the server
    const int fd = accept(listener, nullptr, nullptr);
    without_delay(fd);
    std::string request;
    while (receive_message(fd, request)) send_message(fd, "got " + request);
    _exit(0);
  }
  close(listener);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);  // the client
  if (connect(fd, generic, length) != 0) return perror("connect"), 1;
  without_delay(fd);
  std::string reply;
  for (const char* request : {"one", "two", "three"}) {
    if (!send_message(fd, request) || !receive_message(fd, reply)) return 1;
    printf("%s\n", reply.c_str());
  }
  close(fd);
  waitpid(child, nullptr, 0);
  return reply == "got three" ? 0 : 1;
}
