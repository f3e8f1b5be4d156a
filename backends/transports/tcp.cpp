// tcp: a TCP connection over 127.0.0.1 for each sender, TCP_NODELAY at both ends.
//
// The coordinator connects both ends itself: no port stays open, and no stranger can take the place
// of a sender.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <fstream>

#include "backends/framing/buffer_size.hpp"
#include "backends/framing/entry_of.hpp"
#include "backends/framing/stream_pairs.hpp"
#include "backends/kernel/connection.hpp"

namespace ipcmark {

BackendEntry tcp_entry();

namespace {

Result<sockaddr_in> local_name(const Fd& fd) {
  sockaddr_in name{};
  socklen_t length = sizeof name;
  if (getsockname(fd.get(), reinterpret_cast<sockaddr*>(&name), &length) != 0) {
    return fail(Errc::system, "getsockname", errno);
  }
  return name;
}

// Accepts until it gets the connection that came from `expected`; anything else is dropped.
Result<Fd> accept_from(const Fd& listener, const sockaddr_in& expected, Deadline deadline) {
  for (;;) {
    sockaddr_in peer{};
    auto accepted = accept_until(listener, peer, deadline);
    if (!accepted) return accepted;
    if (peer.sin_port == expected.sin_port && peer.sin_addr.s_addr == expected.sin_addr.s_addr) {
      return accepted;
    }
  }
}

Result<DescriptorPair> connect_pair() {
  Fd listener{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  Fd sending{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!listener || !sending) return fail(Errc::system, "socket", errno);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0 ||
      listen(listener.get(), 8) != 0) {
    return fail(Errc::system, "listen on 127.0.0.1", errno);
  }
  const auto at = local_name(listener);
  if (!at) return tl::make_unexpected(at.error());
  // Loopback completes the handshake at once, since the listener's backlog takes it.
  const Deadline deadline = Deadline::after(longest_connecting_ns);
  if (const Status connected = connect_until(sending, *at, deadline); !connected) {
    return tl::make_unexpected(connected.error());
  }
  const auto from = local_name(sending);
  if (!from) return tl::make_unexpected(from.error());
  auto receiving = accept_from(listener, *from, deadline);
  if (!receiving) return tl::make_unexpected(receiving.error());
  const int on = 1;
  for (const int fd : {receiving->get(), sending.get()}) {
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
      return fail(Errc::system, "setsockopt TCP_NODELAY", errno);
    }
  }
  return DescriptorPair{std::move(*receiving), std::move(sending)};
}

// The kernel sizes it while it sends, up to the third number of the sysctl.
std::string buffer_note(std::int64_t) {
  constexpr std::uint64_t default_bytes = std::uint64_t{4} << 20U;
  std::ifstream file("/proc/sys/net/ipv4/tcp_wmem");
  std::int64_t min = 0;
  std::int64_t first = 0;
  std::int64_t max = 0;
  if (!(file >> min >> first >> max)) return {};
  return smaller_than_default(max, default_bytes, "net.ipv4.tcp_wmem");
}

constexpr StreamPairs pairs{"tcp", connect_pair, buffer_note};

}  // namespace

BackendEntry tcp_entry() {
  BackendEntry entry = entry_of<pairs>();
  entry.summary = "TCP over loopback with TCP_NODELAY, framed stream";
  entry.group = MechanismGroup::kernel;
  entry.note =
      "The same code reaches another machine. Measured here over the loopback device: a real "
      "network's time and losses come on top. Message boundaries are yours.";
  entry.network = true;
  entry.snippet = "tcp";
  entry.limits = "net.";
  return entry;
}

}  // namespace ipcmark
