// One end of a byte stream (pipe, FIFO or stream socket) with deadlines.
//
// Deadline::never() is one plain blocking system call and nothing else. Other deadlines try without
// blocking, then poll(2). O_NONBLOCK belongs to the open file description, which several processes
// may share, and is never touched: sockets are tried with MSG_DONTWAIT; for pipes and FIFOs the
// first such call opens a description of its own through /proc/self/fd (preadv2's RWF_NOWAIT works
// on pipes but not on FIFOs). Every call goes on after EINTR with its deadline kept. Sockets never
// raise SIGPIPE; writers to pipes must have it ignored.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>

#include "backends/deadline.hpp"
#include "backends/error.hpp"
#include "backends/fd.hpp"

namespace ipcmark {

// Until `fd` shows one of `events` or an error; timeout when the deadline passes first, would_block
// at once when it is immediate.
Status wait_for(int fd, short events, Deadline deadline);

// Whether a read would return at once (with data, end of file or an error).
bool is_readable(int fd);

class StreamFd {
 public:
  enum class Kind : std::uint8_t { pipe, packet_pipe, socket };

  StreamFd() = default;
  // `fd` must be in blocking mode.
  StreamFd(Fd fd, Kind kind) : fd_(std::move(fd)), kind_(kind) {}

  int get() const { return fd_.get(); }
  bool is_socket() const { return kind_ == Kind::socket; }
  bool is_packets() const { return kind_ == Kind::packet_pipe; }
  explicit operator bool() const { return static_cast<bool>(fd_); }
  void reset();

  // Moves at least one byte and says how many; 0 from read is end of file. timeout and would_block:
  // none was moved. peer_died: no reader is left, or the connection was reset. Inline down to the
  // system call: after one, every page of code and data touched anew can cost a TLB miss.
  Result<std::size_t> write(const iovec* parts, int count, Deadline deadline) {
    if (deadline.is_never()) [[likely]] {
      const ssize_t moved = try_write(parts, count, true);
      if (moved >= 0) [[likely]]
        return static_cast<std::size_t>(moved);
    }
    return write_slow(parts, count, deadline);
  }
  Result<std::size_t> read(const iovec* parts, int count, Deadline deadline) {
    if (deadline.is_never()) [[likely]] {
      const ssize_t moved = try_read(parts, count, true);
      if (moved >= 0) [[likely]]
        return static_cast<std::size_t>(moved);
    }
    return read_slow(parts, count, deadline);
  }

 private:
  ssize_t try_write(const iovec* parts, int count, bool waiting) {
    if (kind_ == Kind::socket) {
      const int flags = MSG_NOSIGNAL | (waiting ? 0 : MSG_DONTWAIT);
      if (count == 1) return ::send(fd_.get(), parts->iov_base, parts->iov_len, flags);
      const msghdr header = header_of(parts, count);
      return ::sendmsg(fd_.get(), &header, flags);
    }
    const int fd = waiting ? fd_.get() : own_.get();
    if (count == 1) return ::write(fd, parts->iov_base, parts->iov_len);
    return ::writev(fd, parts, count);
  }
  ssize_t try_read(const iovec* parts, int count, bool waiting) {
    if (kind_ == Kind::socket && !waiting) {
      msghdr header = header_of(parts, count);
      return ::recvmsg(fd_.get(), &header, MSG_DONTWAIT);
    }
    const int fd = waiting ? fd_.get() : own_.get();
    if (count == 1) return ::read(fd, parts->iov_base, parts->iov_len);
    return ::readv(fd, parts, count);
  }
  static msghdr header_of(const iovec* parts, int count) {
    msghdr header{};
    header.msg_iov = const_cast<iovec*>(parts);
    header.msg_iovlen = static_cast<std::size_t>(count);
    return header;
  }
  Status open_own(int mode);
  // After a call that would have had to wait, was interrupted or failed: errno says why.
  Result<std::size_t> write_slow(const iovec* parts, int count, Deadline deadline);
  Result<std::size_t> read_slow(const iovec* parts, int count, Deadline deadline);

  Fd fd_;
  Fd own_;  // pipes: the same object under a nonblocking description of our own
  Kind kind_ = Kind::pipe;
};

}  // namespace ipcmark
