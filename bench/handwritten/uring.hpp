// An io_uring with its system calls alone: one operation at a time, handed over and waited for in
// one call. Each process makes its own rings, after it was forked.
#pragma once

#include <errno.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <atomic>

#include "bench/handwritten/plain.hpp"

struct Ring {
  int fd;
  uint32_t *sq_tail, *sq_mask, *sq_array, *cq_head, *cq_tail, *cq_mask;
  io_uring_sqe* entries;
  io_uring_cqe* results;

  Ring() {
    io_uring_params params{};
    params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
    fd = (int)syscall(SYS_io_uring_setup, 4, &params);
    need(fd >= 0, "io_uring_setup");
    const size_t sq = params.sq_off.array + params.sq_entries * sizeof(uint32_t);
    const size_t cq = params.cq_off.cqes + params.cq_entries * sizeof(io_uring_cqe);
    char* rings = map(std::max(sq, cq), IORING_OFF_SQ_RING);
    entries = (io_uring_sqe*)map(params.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES);
    sq_tail = (uint32_t*)(rings + params.sq_off.tail);
    sq_mask = (uint32_t*)(rings + params.sq_off.ring_mask);
    sq_array = (uint32_t*)(rings + params.sq_off.array);
    cq_head = (uint32_t*)(rings + params.cq_off.head);
    cq_tail = (uint32_t*)(rings + params.cq_off.tail);
    cq_mask = (uint32_t*)(rings + params.cq_off.ring_mask);
    results = (io_uring_cqe*)(rings + params.cq_off.cqes);
  }

  // As read(2) or write(2), for opcode IORING_OP_READ, _WRITE, _RECV or _SEND.
  size_t move(uint8_t opcode, int file, void* at, size_t bytes) {
    const uint32_t tail = *sq_tail, index = tail & *sq_mask;
    const bool of_socket = opcode == IORING_OP_SEND || opcode == IORING_OP_RECV;
    entries[index] = {};
    entries[index].opcode = opcode;
    entries[index].fd = file;
    entries[index].addr = (uintptr_t)at;
    entries[index].len = (uint32_t)bytes;
    entries[index].off = of_socket ? 0 : ~(uint64_t)0;
    sq_array[index] = index;
    std::atomic_ref(*sq_tail).store(tail + 1, std::memory_order_release);
    for (unsigned submit = 1;; submit = 0) {
      const long done =
          syscall(SYS_io_uring_enter, fd, submit, 1, IORING_ENTER_GETEVENTS, nullptr, 0);
      need(done >= 0 || errno == EINTR, "io_uring_enter");
      const uint32_t head = *cq_head;
      if (head == std::atomic_ref(*cq_tail).load(std::memory_order_acquire)) continue;
      const int result = results[head & *cq_mask].res;
      std::atomic_ref(*cq_head).store(head + 1, std::memory_order_release);
      need(result > 0, "operation of an io_uring");
      return (size_t)result;
    }
  }

  void move_all(uint8_t opcode, int file, char* at, size_t left) {
    while (left > 0) {
      const size_t done = move(opcode, file, at, left);
      at += done;
      left -= done;
    }
  }

 private:
  char* map(size_t bytes, off_t what) const {
    void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, what);
    need(at != MAP_FAILED, "mmap of an io_uring");
    return (char*)at;
  }
};

// Two byte streams, there and back, with a 4-byte length before each message. An end has a ring of
// its own.
inline void play_ring(const Run& run, const int (&in)[2], const int (&out)[2], uint8_t reads,
                      uint8_t writes) {
  play(
      run,
      [&](int i) {
        static Ring ring;
        const auto length = (uint32_t)run.size;
        memcpy(run.frame, &length, 4);
        memcpy(run.frame + 4, run.payload, length);
        ring.move_all(writes, in[i], run.frame, 4 + (size_t)length);
      },
      [&](int i) {
        static Ring ring;
        size_t have = 0;
        while (have < 4) have += ring.move(reads, out[i], run.frame + have, 4 + run.size - have);
        uint32_t length;
        memcpy(&length, run.frame, 4);
        need(length <= run.size, "length");
        ring.move_all(reads, out[i], run.frame + have, 4 + (size_t)length - have);
        memcpy(run.payload, run.frame + 4, length);
      });
}
