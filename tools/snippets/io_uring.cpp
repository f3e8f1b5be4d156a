// Reading a pipe by io_uring, with the system calls alone. c++ -std=c++20 io_uring.cpp
//
// One operation at a time, handed over and waited for in one call. liburing has all of this ready.
#include <errno.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>

constexpr int messages = 50'000;

struct Message {
  int number;
  char text[60];
};

struct Ring {
  int fd = -1;
  uint32_t *sq_tail, *sq_mask, *sq_array, *cq_head, *cq_tail, *cq_mask;
  io_uring_sqe* entries;
  io_uring_cqe* results;
};

bool open_ring(Ring& ring) {
  io_uring_params params{};
  ring.fd = static_cast<int>(syscall(SYS_io_uring_setup, 4, &params));
  if (ring.fd < 0) return false;
  const size_t sq = params.sq_off.array + params.sq_entries * sizeof(uint32_t);
  const size_t cq = params.cq_off.cqes + params.cq_entries * sizeof(io_uring_cqe);
  const auto map = [&](size_t bytes, off_t what) {
    return static_cast<char*>(
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring.fd, what));
  };
  char* const rings = map(sq > cq ? sq : cq, IORING_OFF_SQ_RING);  // one mapping since Linux 5.4
  char* const entries = map(params.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES);
  if (rings == MAP_FAILED || entries == MAP_FAILED) return false;
  const auto word = [&](uint32_t at) { return reinterpret_cast<uint32_t*>(rings + at); };
  ring.sq_tail = word(params.sq_off.tail);
  ring.sq_mask = word(params.sq_off.ring_mask);
  ring.sq_array = word(params.sq_off.array);
  ring.cq_head = word(params.cq_off.head);
  ring.cq_tail = word(params.cq_off.tail);
  ring.cq_mask = word(params.cq_off.ring_mask);
  ring.entries = reinterpret_cast<io_uring_sqe*>(entries);
  ring.results = reinterpret_cast<io_uring_cqe*>(rings + params.cq_off.cqes);
  return true;
}

// As read(2); negative: -errno.
int ring_read(Ring& ring, int fd, void* to, uint32_t length) {
  const uint32_t tail = *ring.sq_tail;
  const uint32_t index = tail & *ring.sq_mask;
  ring.entries[index] = {};
  ring.entries[index].opcode = IORING_OP_READ;
  ring.entries[index].fd = fd;
  ring.entries[index].addr = reinterpret_cast<uintptr_t>(to);
  ring.entries[index].len = length;
  ring.entries[index].off = ~uint64_t{0};  // where the file stands
  ring.sq_array[index] = index;
  std::atomic_ref(*ring.sq_tail).store(tail + 1, std::memory_order_release);
  for (unsigned submit = 1;; submit = 0) {
    const auto done =
        syscall(SYS_io_uring_enter, ring.fd, submit, 1, IORING_ENTER_GETEVENTS, nullptr, 0);
    if (done < 0 && errno != EINTR) return -errno;
    const uint32_t head = *ring.cq_head;
    if (head == std::atomic_ref(*ring.cq_tail).load(std::memory_order_acquire)) continue;
    const int result = ring.results[head & *ring.cq_mask].res;
    std::atomic_ref(*ring.cq_head).store(head + 1, std::memory_order_release);
    return result;
  }
}

int main() {
  Ring ring;
  if (!open_ring(ring)) {
    perror("io_uring");  // old kernels, kernel.io_uring_disabled, many containers
    return 0;
  }
  int ends[2];
  if (pipe(ends) != 0) return perror("pipe"), 1;
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    for (int i = 1; i <= messages; ++i) {
      const Message message{i, "hello through a ring"};  // up to PIPE_BUF a write is whole
      if (write(ends[1], &message, sizeof message) != sizeof message) _exit(1);
    }
    _exit(0);
  }
  close(ends[1]);
  int64_t sum = 0;
  Message message;
  while (ring_read(ring, ends[0], &message, sizeof message) == static_cast<int>(sizeof message)) {
    sum += message.number;
  }
  printf("sum %lld\n", static_cast<long long>(sum));
  waitpid(child, nullptr, 0);
  return sum == int64_t{messages} * (messages + 1) / 2 ? 0 : 1;
}
