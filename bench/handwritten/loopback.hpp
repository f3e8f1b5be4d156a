// A TCP connection over 127.0.0.1 with TCP_NODELAY, both ends in this process.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "bench/handwritten/plain.hpp"

inline void connect_pair(int ends[2]) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  need(bind(listener, (sockaddr*)&address, length) == 0 && listen(listener, 1) == 0 &&
           getsockname(listener, (sockaddr*)&address, &length) == 0,
       "listen");
  ends[0] = socket(AF_INET, SOCK_STREAM, 0);
  need(connect(ends[0], (sockaddr*)&address, length) == 0, "connect");
  ends[1] = accept(listener, nullptr, nullptr);
  need(ends[1] >= 0, "accept");
  close(listener);
  const int on = 1;
  for (int i = 0; i < 2; ++i) {
    need(setsockopt(ends[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "TCP_NODELAY");
  }
}
