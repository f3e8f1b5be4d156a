// A pipe that takes the sender's pages instead of copies of them. c++ -std=c++20 vmsplice.cpp
//
// What was spliced lies in the pipe until it is read, and must not be written to before. Here the
// sender has two buffers, each as large as the pipe: once all of one is in the pipe, nothing of the
// other is in it any more.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

constexpr int rounds = 500;

int main() {
  int ends[2];
  if (pipe(ends) != 0) return perror("pipe"), 1;
  const int capacity = fcntl(ends[1], F_GETPIPE_SZ);
  if (capacity <= 0) return perror("fcntl"), 1;
  const auto size = static_cast<size_t>(capacity);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    // Whole pages: then a buffer fills the pipe exactly.
    void* const memory =
        mmap(nullptr, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) _exit(1);
    for (int i = 1; i <= rounds; ++i) {
      char* const buffer = static_cast<char*>(memory) + (i % 2 == 0 ? size : 0);
      for (size_t at = 0; at < size; ++at) buffer[at] = static_cast<char>(i);
      for (size_t done = 0; done < size;) {
        const iovec part{buffer + done, size - done};
        const ssize_t moved = vmsplice(ends[1], &part, 1, 0);
        if (moved < 0) _exit(1);
        done += static_cast<size_t>(moved);
      }
    }
    _exit(0);
  }
  close(ends[1]);
  std::vector<char> buffer(size);
  int whole = 0;
  size_t have = 0;
  for (ssize_t got; (got = read(ends[0], buffer.data() + have, size - have)) > 0;) {
    have += static_cast<size_t>(got);
    if (have < size) continue;
    have = 0;
    bool right = true;
    for (const char byte : buffer) right = right && byte == static_cast<char>(whole + 1);
    if (right) ++whole;
  }
  printf("%d of %d buffers of %zu bytes\n", whole, rounds, size);
  waitpid(child, nullptr, 0);
  return whole == rounds ? 0 : 1;
}
