// TCP over loopback, the plainest way: a connection for each direction, as ipcmark's channels are.
#include "bench/handwritten/loopback.hpp"

int main(int argc, char** argv) {
  const Run run = parse(argc, argv);
  int pairs[2][2];
  for (auto& pair : pairs) connect_pair(pair);
  play(
      run, [&](int i) { write_message(pairs[i][1], run); },
      [&](int i) { read_message(pairs[i][0], run); });
  return 0;
}
