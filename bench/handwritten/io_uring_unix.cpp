// A Unix stream socketpair for each direction, read and written by io_uring.
#include <sys/socket.h>

#include "bench/handwritten/uring.hpp"

int main(int argc, char** argv) {
  const Run run = parse(argc, argv);
  int pairs[2][2];
  for (auto& pair : pairs) need(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
  play_ring(run, {pairs[0][1], pairs[1][1]}, {pairs[0][0], pairs[1][0]}, IORING_OP_RECV,
            IORING_OP_SEND);
  return 0;
}
