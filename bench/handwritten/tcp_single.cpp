// TCP over loopback with one connection for both directions, as request and reply usually share
// it: the reply carries the acknowledgement, where a connection for each direction sends it alone.
#include "bench/handwritten/loopback.hpp"

int main(int argc, char** argv) {
  const Run run = parse(argc, argv);
  int ends[2];
  connect_pair(ends);
  play_bytes(run, {ends[0], ends[1]}, {ends[1], ends[0]});
  return 0;
}
