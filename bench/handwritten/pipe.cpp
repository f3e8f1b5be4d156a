// pipe(2), the plainest way.
#include "bench/handwritten/plain.hpp"

int main(int argc, char** argv) {
  const Run run = parse(argc, argv);
  int pipes[2][2];
  need(pipe(pipes[0]) == 0 && pipe(pipes[1]) == 0, "pipe");
  play_bytes(run, {pipes[0][1], pipes[1][1]}, {pipes[0][0], pipes[1][0]});
  return 0;
}
