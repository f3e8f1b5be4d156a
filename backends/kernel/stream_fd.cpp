#include "backends/kernel/stream_fd.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdio>

namespace ipcmark {
namespace {

Error write_error() {
  // ECONNREFUSED: a datagram socket's way to say that its peer is gone.
  const bool gone = errno == EPIPE || errno == ECONNRESET || errno == ECONNREFUSED;
  return {gone ? Errc::peer_died : Errc::system, errno, "write"};
}

Error read_error() { return {errno == ECONNRESET ? Errc::peer_died : Errc::system, errno, "read"}; }

msghdr header_of(const iovec* parts, int count) {
  msghdr header{};
  header.msg_iov = const_cast<iovec*>(parts);
  header.msg_iovlen = static_cast<std::size_t>(count);
  return header;
}

}  // namespace

Status wait_for(int fd, short events, Deadline deadline) {
  if (deadline.is_immediate()) return fail(Errc::would_block, "poll");
  pollfd polled{fd, events, 0};
  for (;;) {
    timespec span{};
    if (!deadline.is_never()) {
      const std::uint64_t ns = deadline.remaining_ns();
      span = {static_cast<time_t>(ns / 1'000'000'000U), static_cast<long>(ns % 1'000'000'000U)};
    }
    const int found = ppoll(&polled, 1, deadline.is_never() ? nullptr : &span, nullptr);
    if (found > 0) return {};
    if (found == 0) return fail(Errc::timeout, "poll");
    if (errno != EINTR) return fail(Errc::system, "poll", errno);
  }
}

bool is_readable(int fd) {
  pollfd polled{fd, POLLIN, 0};
  return ::poll(&polled, 1, 0) > 0;
}

void StreamFd::reset() {
  fd_.reset();
  own_.reset();
}

ssize_t StreamFd::try_write(const iovec* parts, int count, bool waiting) {
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

ssize_t StreamFd::try_read(const iovec* parts, int count, bool waiting) {
  if (kind_ == Kind::socket && !waiting) {
    msghdr header = header_of(parts, count);
    return ::recvmsg(fd_.get(), &header, MSG_DONTWAIT);
  }
  const int fd = waiting ? fd_.get() : own_.get();
  if (count == 1) return ::read(fd, parts->iov_base, parts->iov_len);
  return ::readv(fd, parts, count);
}

Status StreamFd::open_own(int mode) {
  if (own_ || kind_ == Kind::socket) return {};
  char path[40];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", fd_.get());
  own_ = Fd{::open(path, mode | O_NONBLOCK | O_CLOEXEC)};
  if (!own_) {
    if (errno == ENXIO) return fail(Errc::peer_died, "write", EPIPE);  // nobody reads any more
    return fail(Errc::system, "open /proc/self/fd", errno);
  }
  // Packet mode is a flag of the description too, and open(2) does not take it for a pipe.
  if (kind_ == Kind::packet_pipe && fcntl(own_.get(), F_SETFL, O_DIRECT | O_NONBLOCK) != 0) {
    own_.reset();
    return fail(Errc::system, "fcntl O_DIRECT", errno);
  }
  return {};
}

Result<std::size_t> StreamFd::write(const iovec* parts, int count, Deadline deadline) {
  if (deadline.is_never()) [[likely]] {
    const ssize_t moved = try_write(parts, count, true);
    if (moved >= 0) [[likely]]
      return static_cast<std::size_t>(moved);
    if (errno != EINTR) return tl::make_unexpected(write_error());
  }
  return write_slow(parts, count, deadline);
}

Result<std::size_t> StreamFd::write_slow(const iovec* parts, int count, Deadline deadline) {
  const bool waiting = deadline.is_never();
  if (!waiting) {
    if (const Status opened = open_own(O_WRONLY); !opened) {
      return tl::make_unexpected(opened.error());
    }
  }
  for (;;) {
    const ssize_t moved = try_write(parts, count, waiting);
    if (moved >= 0) return static_cast<std::size_t>(moved);
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return tl::make_unexpected(write_error());
    if (const Status waited = wait_for(fd_.get(), POLLOUT, deadline); !waited) {
      return tl::make_unexpected(waited.error());
    }
  }
}

Result<std::size_t> StreamFd::read(const iovec* parts, int count, Deadline deadline) {
  if (deadline.is_never()) [[likely]] {
    const ssize_t moved = try_read(parts, count, true);
    if (moved >= 0) [[likely]]
      return static_cast<std::size_t>(moved);
    if (errno != EINTR) return tl::make_unexpected(read_error());
  }
  return read_slow(parts, count, deadline);
}

Result<std::size_t> StreamFd::read_slow(const iovec* parts, int count, Deadline deadline) {
  const bool waiting = deadline.is_never();
  if (!waiting) {
    if (const Status opened = open_own(O_RDONLY); !opened) {
      return tl::make_unexpected(opened.error());
    }
  }
  for (;;) {
    const ssize_t moved = try_read(parts, count, waiting);
    if (moved >= 0) return static_cast<std::size_t>(moved);
    if (errno == EINTR) continue;
    // A blocking read answers EAGAIN only where SO_RCVTIMEO is set: for the caller to look up.
    if (errno != EAGAIN || waiting) return tl::make_unexpected(read_error());
    if (const Status waited = wait_for(fd_.get(), POLLIN, deadline); !waited) {
      return tl::make_unexpected(waited.error());
    }
  }
}

}  // namespace ipcmark
