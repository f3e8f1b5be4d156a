#include "backends/framing/stream_fd.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdio>

namespace ipcmark {
namespace {

tl::unexpected<Error> write_error() {
  // A datagram socket says ECONNREFUSED once when its peer is gone, then ENOTCONN.
  const bool gone =
      errno == EPIPE || errno == ECONNRESET || errno == ECONNREFUSED || errno == ENOTCONN;
  return fail(gone ? Errc::peer_died : Errc::system, "write", errno);
}

tl::unexpected<Error> read_error() {
  return fail(errno == ECONNRESET ? Errc::peer_died : Errc::system, "read", errno);
}

}  // namespace

Status wait_for(int fd, short events, Deadline deadline) {
  if (deadline.is_immediate()) return fail(Errc::would_block, "poll");
  pollfd polled{fd, events, 0};
  for (;;) {
    timespec span{};
    if (!deadline.is_never()) {
      const std::uint64_t ns = deadline.remaining_ns();
      span = to_timespec(ns);
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

Result<std::size_t> StreamFd::write_slow(const iovec* parts, int count, Deadline deadline) {
  const bool waiting = deadline.is_never();
  if (waiting) {
    if (errno != EINTR) return write_error();
  } else {
    if (const Status opened = open_own(O_WRONLY); !opened) {
      return tl::make_unexpected(opened.error());
    }
  }
  for (;;) {
    const ssize_t moved = try_write(parts, count, waiting);
    if (moved >= 0) return static_cast<std::size_t>(moved);
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return write_error();
    if (const Status waited = wait_for(fd_.get(), POLLOUT, deadline); !waited) {
      return tl::make_unexpected(waited.error());
    }
  }
}

Result<std::size_t> StreamFd::read_slow(const iovec* parts, int count, Deadline deadline) {
  const bool waiting = deadline.is_never();
  if (waiting) {
    if (errno != EINTR) return read_error();
  } else {
    if (const Status opened = open_own(O_RDONLY); !opened) {
      return tl::make_unexpected(opened.error());
    }
  }
  for (;;) {
    const ssize_t moved = try_read(parts, count, waiting);
    if (moved >= 0) return static_cast<std::size_t>(moved);
    if (errno == EINTR) continue;
    // A blocking read answers EAGAIN only where SO_RCVTIMEO is set: for the caller to look up.
    if (errno != EAGAIN || waiting) return read_error();
    if (const Status waited = wait_for(fd_.get(), POLLIN, deadline); !waited) {
      return tl::make_unexpected(waited.error());
    }
  }
}

}  // namespace ipcmark
