// An io_uring(7) for one operation at a time, by the system calls themselves: an operation is
// handed over and waited for in one io_uring_enter(2).
//
// An operation that was waited for in vain stays under way, and goes on with what it was given: its
// memory and its descriptor have to stay until finish() or cancel() says how it ended. One thread:
// the one that created the ring.
#pragma once

#include <linux/io_uring.h>
#include <sys/uio.h>

#include <cstdint>
#include <string>

#include "backends/deadline.hpp"
#include "backends/error.hpp"
#include "backends/fd.hpp"
#include "backends/kernel/mapping.hpp"

namespace ipcmark {

class IoRing {
 public:
  static Result<IoRing> create();
  // Empty, or one sentence that says why there is no io_uring here.
  static std::string obstacle(const char* backend);

  IoRing(IoRing&&) noexcept = default;
  IoRing& operator=(IoRing&&) = delete;
  IoRing(const IoRing&) = delete;
  IoRing& operator=(const IoRing&) = delete;
  ~IoRing() = default;  // after cancel(), if an operation is under way

  // Becomes readable when an operation has ended. Not of a ring that defers(): nobody who polls it
  // is woken (seen with Linux 6.18). Its operations end only in finish(), so that what they wait
  // for can be polled instead.
  int descriptor() const { return fd_.get(); }
  bool defers() const { return defers_; }
  bool is_busy() const { return busy_; }

  // Notes an operation, which finish() hands over. `address` and `length` as the opcode means them;
  // `flags`: RWF_* of reads and writes, MSG_* of messages.
  void begin(std::uint8_t opcode, int fd, const void* address, std::uint32_t length,
             std::uint32_t flags);
  // Its result, as the system call of that name gives it (negative: -errno). timeout, would_block:
  // it is still under way.
  Result<std::int32_t> finish(Deadline deadline);
  // The operation under way ends: with what it has done, or -ECANCELED.
  Result<std::int32_t> cancel();

 private:
  IoRing() = default;
  Status map(const io_uring_params& params);
  io_uring_sqe& next_entry();
  // The oldest result that is there, if any.
  bool take(std::uint64_t id, std::int32_t& result);
  Status enter(unsigned wait_for, Deadline deadline);

  Fd fd_;
  Mapping rings_;
  Mapping entries_;
  std::uint32_t* sq_tail_ = nullptr;
  std::uint32_t* sq_array_ = nullptr;
  std::uint32_t sq_mask_ = 0;
  std::uint32_t* cq_head_ = nullptr;
  std::uint32_t* cq_tail_ = nullptr;
  std::uint32_t cq_mask_ = 0;
  io_uring_cqe* results_ = nullptr;
  unsigned unsubmitted_ = 0;
  bool defers_ = false;
  bool busy_ = false;
};

}  // namespace ipcmark
