// mkfifo(3), the plainest way: opened for both directions, so that no open waits for another.
#include <fcntl.h>
#include <sys/stat.h>

#include "bench/handwritten/plain.hpp"

int main(int argc, char** argv) {
  const Run run = parse(argc, argv);
  char directory[] = "/tmp/handwritten-XXXXXX";
  need(mkdtemp(directory) != nullptr, "mkdtemp");
  int fds[2];
  for (int i = 0; i < 2; ++i) {
    char path[64];
    snprintf(path, sizeof path, "%s/%d", directory, i);
    need(mkfifo(path, 0600) == 0, "mkfifo");
    fds[i] = open(path, O_RDWR);
    need(fds[i] >= 0, "open");
    unlink(path);
  }
  rmdir(directory);
  play_bytes(run, fds, fds);
  return 0;
}
