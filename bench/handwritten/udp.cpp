// UDP over 127.0.0.1: two connected sockets for each direction. framed: a byte before each message
// that says that it is one, as ipcmark's end of a channel is a datagram too.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "bench/handwritten/plain.hpp"

static sockaddr_in bound(int fd) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  need(bind(fd, (sockaddr*)&address, length) == 0 &&
           getsockname(fd, (sockaddr*)&address, &length) == 0,
       "bind");
  return address;
}

int main(int argc, char** argv) {
  const Run run = parse(argc, argv);
  int in[2], out[2];
  for (int i = 0; i < 2; ++i) {
    in[i] = socket(AF_INET, SOCK_DGRAM, 0);
    out[i] = socket(AF_INET, SOCK_DGRAM, 0);
    const sockaddr_in from = bound(in[i]), to = bound(out[i]);
    need(connect(in[i], (const sockaddr*)&to, sizeof to) == 0 &&
             connect(out[i], (const sockaddr*)&from, sizeof from) == 0,
         "connect");
    // Of a ping-pong that loses a message there is no figure.
    const timeval limit{2, 0};
    need(setsockopt(out[i], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0, "SO_RCVTIMEO");
  }
  const size_t head = run.framed ? 1 : 0;
  char* packet = run.framed ? run.frame : (char*)run.payload;
  const auto length = (ssize_t)(head + run.size);
  play(
      run,
      [&](int i) {
        if (run.framed) memcpy(packet + head, run.payload, run.size);
        need(send(in[i], packet, (size_t)length, 0) == length, "send");
      },
      [&](int i) {
        need(recv(out[i], packet, (size_t)length, 0) == length, "recv");
        if (run.framed) memcpy(run.payload, packet + head, run.size);
      });
  return 0;
}
