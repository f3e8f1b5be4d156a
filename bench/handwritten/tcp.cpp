// TCP over loopback, the plainest way: a connection for each direction, as ipcmark's channels are.
#include "bench/handwritten/loopback.hpp"

int main(int argc, char** argv) {
  const Run run = parse(argc, argv);
  int pairs[2][2];
  for (auto& pair : pairs) connect_pair(pair);
  play_bytes(run, {pairs[0][1], pairs[1][1]}, {pairs[0][0], pairs[1][0]});
  return 0;
}
