// Unix stream sockets, the plainest way: one pair for each direction, as ipcmark's channels are.
#include <sys/socket.h>

#include "bench/handwritten/plain.hpp"

int main(int argc, char** argv) {
  const Run run = parse(argc, argv);
  int pairs[2][2];
  for (auto& pair : pairs) need(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
  play_bytes(run, {pairs[0][1], pairs[1][1]}, {pairs[0][0], pairs[1][0]});
  return 0;
}
