// A pipe into which the sender maps pages, and a 4-byte length before each message. Pages that lie
// in the pipe must not be written to: as many bytes as the pipe holds, from the end of the message,
// go in from a ring of pages twice as long as the pipe; only what comes before them is the
// payload's own memory.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "bench/handwritten/plain.hpp"

static constexpr size_t page = 4096, slots = 16, ring_pages = 2 * slots;

static char* ring;
static size_t next_page = 0;

static void splice_in(int fd, const char* from, size_t bytes) {
  while (bytes > 0) {
    const iovec part{(void*)from, bytes};
    const ssize_t some = vmsplice(fd, &part, 1, 0);
    need(some > 0, "vmsplice");
    from += some;
    bytes -= (size_t)some;
  }
}

// Through the ring: the head, then the body.
static void push(int fd, const char* head, size_t head_bytes, const char* body, size_t bytes) {
  while (head_bytes + bytes > 0) {
    const size_t wanted = (head_bytes + bytes + page - 1) / page;
    const size_t pages = std::min({wanted, ring_pages - next_page, slots});
    char* at = ring + next_page * page;
    const size_t of_body = std::min(bytes, pages * page - head_bytes);
    if (head_bytes > 0) memcpy(at, head, head_bytes);
    memcpy(at + head_bytes, body, of_body);
    splice_in(fd, at, head_bytes + of_body);
    next_page = (next_page + pages) % ring_pages;
    head_bytes = 0;
    body += of_body;
    bytes -= of_body;
  }
}

int main(int argc, char** argv) {
  const Run run = parse(argc, argv);
  ring = (char*)mmap(nullptr, ring_pages * page, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  need(ring != MAP_FAILED, "mmap");
  int pipes[2][2];
  for (auto& ends : pipes) {
    need(pipe(ends) == 0, "pipe");
    need(fcntl(ends[0], F_GETPIPE_SZ) == (int)(slots * page), "a pipe of 16 pages");
  }
  play(
      run,
      [&](int i) {
        const auto length = (uint32_t)run.size;
        const char* payload = (const char*)run.payload;
        const size_t mapped = run.size > slots * page ? run.size - slots * page : 0;
        push(pipes[i][1], (const char*)&length, sizeof length, payload, mapped > 0 ? 0 : run.size);
        if (mapped == 0) return;
        splice_in(pipes[i][1], payload, mapped);
        push(pipes[i][1], nullptr, 0, payload + mapped, run.size - mapped);
      },
      [&](int i) { read_frame(pipes[i][0], run); });
  return 0;
}
