// pipe(2), the plainest way.
#include "bench/handwritten/plain.hpp"

int main(int argc, char** argv) {
  const Run run = parse(argc, argv);
  int pipes[2][2];
  need(pipe(pipes[0]) == 0 && pipe(pipes[1]) == 0, "pipe");
  play(
      run, [&](int i) { write_message(pipes[i][1], run); },
      [&](int i) { read_message(pipes[i][0], run); });
  return 0;
}
