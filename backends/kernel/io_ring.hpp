// An io_uring(7) for one operation at a time, by the system calls themselves: an operation is
// handed over and waited for in one io_uring_enter(2).
//
// An operation that was waited for in vain stays under way, and goes on with what it was given: its
// memory and its descriptor have to stay until finish() or cancel() says how it ended. One thread:
// the one that created the ring.
#pragma once

#include <linux/io_uring.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstring>
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
  static std::string unsupported_reason(const char* backend);

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
  // begin(), and finish() without a deadline where one system call does for it, with no other
  // function between that call and the caller: each return after a system call is felt (bench/).
  // False: finish() is still to be called.
  bool run(std::uint8_t opcode, int fd, const void* address, std::uint32_t length,
           std::uint32_t flags, std::int32_t& result);
  // The operation under way ends: with what it has done, or -ECANCELED.
  Result<std::int32_t> cancel();

 private:
  IoRing() = default;
  Status map(const io_uring_params& params);
  static constexpr std::uint64_t operation_id = 1;
  static constexpr std::uint64_t cancel_id = 2;

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

// There is always a free one: at most one operation and its cancellation are under way.
inline io_uring_sqe& IoRing::next_entry() {
  const std::uint32_t tail = *sq_tail_;
  const std::uint32_t index = tail & sq_mask_;
  auto& entry = reinterpret_cast<io_uring_sqe*>(entries_.data())[index];
  std::memset(&entry, 0, sizeof entry);
  sq_array_[index] = index;
  std::atomic_ref(*sq_tail_).store(tail + 1, std::memory_order_release);
  ++unsubmitted_;
  return entry;
}

inline void IoRing::begin(std::uint8_t opcode, int fd, const void* address, std::uint32_t length,
                          std::uint32_t flags) {
  io_uring_sqe& entry = next_entry();
  entry.opcode = opcode;
  entry.fd = fd;
  entry.addr = reinterpret_cast<std::uintptr_t>(address);
  entry.len = length;
  entry.off = ~std::uint64_t{0};  // where the file stands; of sockets it says nothing
  entry.msg_flags = flags;        // one place with rw_flags
  if (opcode == IORING_OP_SEND || opcode == IORING_OP_RECV || opcode == IORING_OP_SENDMSG ||
      opcode == IORING_OP_RECVMSG) {
    entry.off = 0;
  }
  entry.user_data = operation_id;
  busy_ = true;
}

inline bool IoRing::take(std::uint64_t id, std::int32_t& result) {
  for (;;) {
    const std::uint32_t head = *cq_head_;
    if (head == std::atomic_ref(*cq_tail_).load(std::memory_order_acquire)) return false;
    const io_uring_cqe& oldest = results_[head & cq_mask_];
    const std::uint64_t of = oldest.user_data;
    result = oldest.res;
    std::atomic_ref(*cq_head_).store(head + 1, std::memory_order_release);
    if (of == id) return true;
  }
}

inline bool IoRing::run(std::uint8_t opcode, int fd, const void* address, std::uint32_t length,
                        std::uint32_t flags, std::int32_t& result) {
  begin(opcode, fd, address, length, flags);
  const long entered = ::syscall(SYS_io_uring_enter, fd_.get(), 1U, 1U,
                                 unsigned{IORING_ENTER_GETEVENTS}, nullptr, 0);
  if (entered != 1) return false;
  unsubmitted_ = 0;
  if (!take(operation_id, result)) return false;
  busy_ = false;
  return true;
}

}  // namespace ipcmark
