// A pipe for each direction, read and written by io_uring.
#include "bench/handwritten/uring.hpp"

int main(int argc, char** argv) {
  const Run run = parse(argc, argv);
  int pipes[2][2];
  for (auto& ends : pipes) need(pipe(ends) == 0, "pipe");
  play_ring(run, {pipes[0][1], pipes[1][1]}, {pipes[0][0], pipes[1][0]}, IORING_OP_READ,
            IORING_OP_WRITE);
  return 0;
}
