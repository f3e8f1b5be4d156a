// TCP over loopback with one connection for both directions, as request and reply usually share
// it: the reply carries the acknowledgement, where a connection for each direction sends it alone.
#include "bench/handwritten/loopback.hpp"

int main(int argc, char** argv) {
  const Run run = parse(argc, argv);
  int ends[2];
  connect_pair(ends);
  play(
      run, [&](int i) { write_message(ends[i], run); },
      [&](int i) { read_message(ends[1 - i], run); });
  return 0;
}
