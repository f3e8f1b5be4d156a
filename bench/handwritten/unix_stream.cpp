// Unix stream sockets, the plainest way: one pair for each direction, as ipcmark's channels are.
#include <sys/socket.h>

#include "bench/handwritten/plain.hpp"

int main(int argc, char** argv) {
  const Run run = parse(argc, argv);
  int pairs[2][2];
  for (auto& pair : pairs) need(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
  play(
      run, [&](int i) { write_message(pairs[i][1], run); },
      [&](int i) { read_message(pairs[i][0], run); });
  return 0;
}
