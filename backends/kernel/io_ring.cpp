#include "backends/kernel/io_ring.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace ipcmark {
namespace {

constexpr unsigned entries = 4;

int set_up(io_uring_params& params) {
  return static_cast<int>(::syscall(SYS_io_uring_setup, entries, &params));
}

}  // namespace

Result<IoRing> IoRing::create() {
  // What is done for this ring is done while its thread waits for it, and not by interrupting it
  // (Linux 6.1).
  io_uring_params params{};
  params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  int fd = set_up(params);
  const bool defers = fd >= 0;
  if (!defers && errno == EINVAL) {
    params = {};
    fd = set_up(params);
  }
  if (fd < 0) return fail(Errc::system, "io_uring_setup", errno);
  IoRing ring;
  ring.fd_ = Fd(fd);
  ring.defers_ = defers;
  if (const Status mapped = ring.map(params); !mapped) return tl::make_unexpected(mapped.error());
  return ring;
}

std::string IoRing::unsupported_reason(const char* backend) {
  const auto ring = create();
  if (ring) return {};
  const bool forbidden = ring.error().sys_errno == EPERM;
  return std::string(backend) + ": " + explain(ring.error()) +
         (forbidden ? ", and see kernel.io_uring_disabled" : "");
}

Status IoRing::map(const io_uring_params& params) {
  // Waiting with a limit is of Linux 5.11; one mapping for both rings of 5.4.
  if ((params.features & IORING_FEAT_SINGLE_MMAP) == 0 ||
      (params.features & IORING_FEAT_EXT_ARG) == 0) {
    return fail(Errc::limit, "io_uring_setup: needs Linux 5.11 or later");
  }
  const auto map_at = [this](off_t offset, std::size_t bytes, Mapping& mapping) -> Status {
    void* at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd_.get(),
                      offset);
    if (at == MAP_FAILED) return fail(Errc::system, "mmap of an io_uring", errno);
    mapping = Mapping(at, bytes);
    return {};
  };
  const std::size_t rings =
      std::max<std::size_t>(params.sq_off.array + params.sq_entries * sizeof(std::uint32_t),
                            params.cq_off.cqes + params.cq_entries * sizeof(io_uring_cqe));
  if (Status mapped = map_at(IORING_OFF_SQ_RING, rings, rings_); !mapped) return mapped;
  if (Status mapped = map_at(IORING_OFF_SQES, params.sq_entries * sizeof(io_uring_sqe), entries_);
      !mapped) {
    return mapped;
  }
  const auto word = [this](std::uint32_t offset) {
    return reinterpret_cast<std::uint32_t*>(rings_.data() + offset);
  };
  sq_tail_ = word(params.sq_off.tail);
  sq_array_ = word(params.sq_off.array);
  sq_mask_ = *word(params.sq_off.ring_mask);
  cq_head_ = word(params.cq_off.head);
  cq_tail_ = word(params.cq_off.tail);
  cq_mask_ = *word(params.cq_off.ring_mask);
  results_ = reinterpret_cast<io_uring_cqe*>(rings_.data() + params.cq_off.cqes);
  return {};
}

Status IoRing::enter(unsigned wait_for, Deadline deadline) {
  unsigned flags = IORING_ENTER_GETEVENTS;
  io_uring_getevents_arg limit{};
  __kernel_timespec left{};
  const void* argument = nullptr;
  std::size_t argument_bytes = _NSIG / 8;
  if (wait_for != 0 && !deadline.is_never()) {
    const std::uint64_t ns = deadline.remaining_ns();
    left.tv_sec = static_cast<long long>(ns / 1'000'000'000U);
    left.tv_nsec = static_cast<long long>(ns % 1'000'000'000U);
    limit.sigmask_sz = _NSIG / 8;
    limit.ts = reinterpret_cast<std::uintptr_t>(&left);
    argument = &limit;
    argument_bytes = sizeof limit;
    flags |= IORING_ENTER_EXT_ARG;
  }
  const long entered = ::syscall(SYS_io_uring_enter, fd_.get(), unsubmitted_, wait_for, flags,
                                 argument, argument_bytes);
  if (entered >= 0) {
    unsubmitted_ -= std::min(unsubmitted_, static_cast<unsigned>(entered));
    return {};
  }
  if (errno == EINTR || errno == ETIME) return {};
  return fail(Errc::system, "io_uring_enter", errno);
}

Result<std::int32_t> IoRing::finish(Deadline deadline) {
  std::int32_t result = 0;
  for (;;) {
    const bool now = deadline.is_immediate();
    if (Status entered = enter(now ? 0 : 1, deadline); !entered) {
      return tl::make_unexpected(entered.error());
    }
    if (take(operation_id, result)) {
      busy_ = false;
      return result;
    }
    if (now) return fail(Errc::would_block, "io_uring_enter");
    if (deadline.passed()) return fail(Errc::timeout, "io_uring_enter");
  }
}

Result<std::int32_t> IoRing::cancel() {
  io_uring_sqe& entry = next_entry();
  entry.opcode = IORING_OP_ASYNC_CANCEL;
  entry.addr = operation_id;
  entry.user_data = cancel_id;
  return finish(Deadline::never());
}

}  // namespace ipcmark
