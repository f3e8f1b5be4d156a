#include "backends/kernel/connection.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace ipcmark {
namespace {

tl::unexpected<Error> no_answer() {
  return fail(Errc::limit, "connect: nothing answers on 127.0.0.1; see the packet filter");
}

Status await(const Fd& fd, short events, Deadline deadline) {
  pollfd polled{fd.get(), events, 0};
  const timespec left = to_timespec(deadline.remaining_ns());
  const int found = ::ppoll(&polled, 1, &left, nullptr);
  if (found > 0) return {};
  if (found == 0) return no_answer();
  return errno == EINTR ? fail(Errc::interrupted, "connect") : fail(Errc::system, "poll", errno);
}

Status outcome_of(int error) {
  if (error == 0) return {};
  // Nobody but a filter refuses a connection to a socket of ours that listens.
  if (error == ETIMEDOUT || error == ECONNREFUSED) return no_answer();
  return fail(Errc::system, "connect", error);
}

}  // namespace

Status connect_until(const Fd& socket, const sockaddr_in& to, Deadline deadline) {
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    if (errno != EINPROGRESS) return outcome_of(errno);
    if (const Status waited = await(socket, POLLOUT, deadline); !waited) return waited;
    int error = 0;
    socklen_t length = sizeof error;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &length) != 0) error = errno;
    if (const Status connected = outcome_of(error); !connected) return connected;
  }
  const int flags = ::fcntl(socket.get(), F_GETFL);
  if (flags < 0 || ::fcntl(socket.get(), F_SETFL, flags & ~O_NONBLOCK) != 0) {
    return fail(Errc::system, "fcntl O_NONBLOCK", errno);
  }
  return {};
}

Result<Fd> accept_until(const Fd& listener, sockaddr_in& from, Deadline deadline) {
  for (;;) {
    socklen_t length = sizeof from;
    Fd accepted{
        ::accept4(listener.get(), reinterpret_cast<sockaddr*>(&from), &length, SOCK_CLOEXEC)};
    if (accepted) return accepted;
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno != EAGAIN) return fail(Errc::system, "accept", errno);
    if (const Status waited = await(listener, POLLIN, deadline); !waited) {
      return tl::make_unexpected(waited.error());
    }
  }
}

}  // namespace ipcmark
