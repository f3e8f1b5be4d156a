#include "scenarios/machine/host_lock.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "scenarios/cleanup/manifest.hpp"

namespace ipcmark {
namespace {

constexpr int slice_ms = 100;  // how late a raised `stop` may be seen

struct SocketName {
  sockaddr_un address{};
  socklen_t size = 0;
};

SocketName abstract_name(const std::string& name) {
  SocketName result;
  result.address.sun_family = AF_UNIX;  // sun_path[0] stays zero: the abstract namespace
  std::memcpy(result.address.sun_path + 1, name.data(), name.size());
  result.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  return result;
}

Result<Fd> new_socket() {
  Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) return fail(Errc::system, "socket", errno);
  return fd;
}

void sleep_ms(int ms) {
  const timespec pause{0, ms * 1'000'000L};
  ::nanosleep(&pause, nullptr);
}

// Sleeps until the holder is gone or a slice has passed. -1: no holder seen.
int wait_for_holder(const SocketName& name, Fd& connection) {
  if (!connection) {
    auto fresh = new_socket();
    if (!fresh ||
        ::connect(fresh->get(), reinterpret_cast<const sockaddr*>(&name.address), name.size) != 0) {
      // Just gone, or between its bind and its listen, or with its backlog full.
      sleep_ms(fresh && errno == ECONNREFUSED ? 1 : slice_ms);
      return -1;
    }
    connection = std::move(*fresh);
  }
  ucred holder{};
  socklen_t size = sizeof holder;
  const bool known = ::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &holder, &size) == 0;
  pollfd watch{connection.get(), POLLIN, 0};
  if (::poll(&watch, 1, slice_ms) != 0) connection.reset();
  return known ? holder.pid : -1;
}

}  // namespace

Result<Fd> hold_named_lock(const std::string& name, const std::atomic<int>* stop,
                           void (*on_wait)(int holder_pid)) {
  if (name.empty() || name.size() > 100) return fail(Errc::invalid, "host lock: its name");
  const auto where = abstract_name(name);
  Fd connection;
  bool told = false;
  for (;;) {
    auto lock = new_socket();
    if (!lock) return lock;
    if (::bind(lock->get(), reinterpret_cast<const sockaddr*>(&where.address), where.size) == 0) {
      if (::listen(lock->get(), 64) != 0) return fail(Errc::system, "host lock: listen", errno);
      return lock;
    }
    if (errno != EADDRINUSE) return fail(Errc::system, "host lock: bind", errno);
    lock->reset();
    if (stop != nullptr && stop->load() != 0)
      return fail(Errc::interrupted, "waiting for another measuring run to end");
    const int holder = wait_for_holder(where, connection);
    if (holder >= 0 && !told && on_wait != nullptr) {
      told = true;
      on_wait(holder);
    }
  }
}

Result<Fd> hold_host_lock(const std::atomic<int>* stop, void (*on_wait)(int holder_pid)) {
  return hold_named_lock("ipcmark.host.lock", stop, on_wait);
}

}  // namespace ipcmark
