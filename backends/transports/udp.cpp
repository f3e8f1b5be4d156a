// udp: UDP datagrams over 127.0.0.1 between two connected sockets, one datagram a message.
//
// The kernel drops what finds the receiver's buffer full, and tells neither end. The end of the
// stream may be dropped as well, so it also stands in a page that both ends share: the end packet
// is there to wake a receiver that waits, whose queue is empty, so that there is room for it.
//
// The coordinator makes and connects both sockets: the kernel then keeps out what others send.
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "backends/framing/buffer_size.hpp"
#include "backends/framing/one_packet.hpp"
#include "backends/framing/pair_channel.hpp"
#include "backends/framing/stream_fd.hpp"
#include "backends/kernel/address_channel.hpp"
#include "backends/kernel/shared_page.hpp"
#include "backends/kernel/sysctl.hpp"

namespace ipcmark {

BackendEntry udp_entry();

namespace {

// What an IPv4 datagram carries, less the kind byte.
constexpr std::uint64_t largest_supported = 65'507 - sizeof(PacketKind);
constexpr std::uint64_t header_bytes = 128;  // room for those of UDP, IP and the device
constexpr int answer_limit_ms = 1000;
// The kernel may hand over by another thread what was sent before the sender closed.
constexpr std::uint64_t longest_under_way_ns = 20'000'000;

// Zero-filled is the valid initial state.
struct Page {
  std::atomic<std::uint32_t> closed;  // by the sender, before its end packet
};
Page& page_in(const Mapping& mapping) { return *reinterpret_cast<Page*>(mapping.data()); }

class UdpSender final : public Sender {
 public:
  UdpSender(Fd socket, Mapping mapping, const ChannelSpec& spec)
      : socket_(std::move(socket), StreamFd::Kind::socket),
        mapping_(std::move(mapping)),
        largest_(spec.largest_message) {}

  Status send(std::span<const std::byte> message, Deadline deadline) override {
    if (message.size() > largest_) return fail(Errc::too_large, "send");
    if (!socket_) return fail(Errc::invalid, "send after close");
    return packets_.send(
        message, [&](const iovec* parts, int count) { return write(parts, count, deadline); });
  }

  Status close(Deadline deadline) override {
    if (!socket_) return {};
    page_in(mapping_).closed.store(1, std::memory_order_seq_cst);
    PacketKind kind = PacketKind::end;
    const iovec part{&kind, sizeof kind};
    const Status reported = write(&part, 1, deadline);
    if (!reported && is_wait_over(reported.error())) return reported;
    socket_.reset();
    // Nobody is left to be told, which is no failure of closing.
    return reported || reported.error().code == Errc::peer_died ? Status{} : reported;
  }

 private:
  Status write(const iovec* parts, int count, Deadline deadline) {
    const auto moved = socket_.write(parts, count, deadline);
    if (!moved) return tl::make_unexpected(moved.error());
    return {};
  }

  StreamFd socket_;
  Mapping mapping_;
  std::uint64_t largest_;
  OnePacketWriter packets_;
};

// Its socket has SO_RCVTIMEO set to the peer-check interval: a blocking read returns that often, to
// look whether the sender is gone.
class UdpReceiver final : public Receiver {
 public:
  UdpReceiver(Fd socket, Mapping mapping, const ChannelSpec& spec, const OpenContext& context)
      : socket_(std::move(socket), StreamFd::Kind::socket),
        mapping_(std::move(mapping)),
        peer_died_(context.peer_died),
        packets_(spec.largest_message) {}

  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    if (closed_) return fail(Errc::closed, "read");
    return packets_.receive(
        buffer, [&](const iovec* parts, int count) { return read(parts, count, deadline); },
        [&](PacketKind kind) -> Status {
          return kind == PacketKind::end ? end() : fail(Errc::corrupt, "kind of a packet");
        });
  }

  bool ready() override {
    return closed_ || packets_.holds_message() || is_readable(socket_.get()) || end_was_lost();
  }
  int descriptor() const override { return socket_.get(); }

 private:
  // The sender closed so long ago that its end packet would have come.
  bool end_was_lost() {
    if (page_in(mapping_).closed.load(std::memory_order_seq_cst) == 0) return false;
    const std::uint64_t now = now_ns();
    if (seen_closed_ns_ == 0) seen_closed_ns_ = now;
    return now - seen_closed_ns_ >= longest_under_way_ns;
  }
  tl::unexpected<Error> end() {
    closed_ = true;
    return fail(Errc::closed, "read");
  }

  // One packet. Where the time allows it the plain blocking call, which comes back after the
  // interval by itself; else a try, and poll(2) until the deadline.
  Result<std::size_t> read(const iovec* parts, int count, Deadline deadline) {
    for (;;) {
      const bool plain = deadline.is_never() || (!deadline.is_immediate() &&
                                                 deadline.remaining_ns() > peer_check_interval_ns);
      const auto moved = socket_.read(parts, count, plain ? Deadline::never() : deadline);
      if (moved && *moved != 0) [[likely]]
        return moved;
      if (moved) return fail(Errc::corrupt, "an empty packet");
      const Error& error = moved.error();
      const bool nothing = plain ? error.sys_errno == EAGAIN : is_wait_over(error);
      if (!nothing) return moved;
      // Whatever came before it closed, or was killed, is still to be had.
      const bool closed = end_was_lost();
      if (closed || peer_died_->load(std::memory_order_acquire) != 0) {
        const auto last = socket_.read(parts, count, Deadline::immediate());
        if (last || !is_wait_over(last.error())) return last;
        if (closed) return end();
        return fail(Errc::peer_died, "read");
      }
      if (!plain) return moved;
    }
  }

  StreamFd socket_;
  Mapping mapping_;
  const std::atomic<std::uint32_t>* peer_died_;
  bool closed_ = false;
  std::uint64_t seen_closed_ns_ = 0;  // when the page was first seen to say so; 0: not yet
  OnePacketReader packets_;
};

Result<sockaddr_in> bind_to_loopback(const Fd& socket) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof name;
  auto* const at = reinterpret_cast<sockaddr*>(&name);
  if (::bind(socket.get(), at, sizeof name) != 0) {
    return fail(Errc::system, "bind to 127.0.0.1", errno);
  }
  if (::getsockname(socket.get(), at, &length) != 0) {
    return fail(Errc::system, "getsockname", errno);
  }
  return name;
}

Status connect_to(const Fd& socket, const sockaddr_in& name) {
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {
    return fail(Errc::system, "connect to 127.0.0.1", errno);
  }
  return {};
}

Result<DescriptorPair> connected_pair() {
  DescriptorPair pair{Fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)},
                      Fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)}};
  if (!pair.receiving || !pair.sending) return fail(Errc::system, "socket", errno);
  const auto to = bind_to_loopback(pair.receiving);
  if (!to) return tl::make_unexpected(to.error());
  const auto from = bind_to_loopback(pair.sending);
  if (!from) return tl::make_unexpected(from.error());
  for (const Status& connected :
       {connect_to(pair.sending, *to), connect_to(pair.receiving, *from)}) {
    if (!connected) return tl::make_unexpected(connected.error());
  }
  // What a stranger sent before it was connected.
  char byte = 0;
  while (::recv(pair.receiving.get(), &byte, sizeof byte, MSG_DONTWAIT) >= 0) {
  }
  const timeval interval{0, peer_check_interval_ns / 1000};
  if (::setsockopt(pair.receiving.get(), SOL_SOCKET, SO_RCVTIMEO, &interval, sizeof interval) !=
      0) {
    return fail(Errc::system, "setsockopt SO_RCVTIMEO", errno);
  }
  return pair;
}

std::int64_t receive_buffer(const Fd& socket) {
  int bytes = 0;
  socklen_t length = sizeof bytes;
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &bytes, &length) == 0 ? bytes : 0;
}

// What so many packets take of the receiver's buffer, by the kernel's accounting.
BufferNeed need_of(const ChannelSpec& spec, std::uint32_t depth) {
  return socket_need("udp", depth, spec.largest_message, 1,
                     sizeof(PacketKind) + spec.largest_message + header_bytes);
}

// False: the machine does not grant it. The kernel doubles what it is given.
bool size_receive_buffer(const Fd& socket, std::uint64_t bytes) {
  if (static_cast<std::uint64_t>(receive_buffer(socket)) >= bytes) return true;
  if (bytes > std::numeric_limits<int>::max() / 2) return false;
  const int half = static_cast<int>(bytes / 2 + 1);
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &half, sizeof half) != 0) {
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &half, sizeof half);
  }
  return static_cast<std::uint64_t>(receive_buffer(socket)) >= bytes;
}

Capabilities capabilities(const ChannelSpec& spec) {
  Capabilities can;
  can.lossy = true;
  can.native_boundaries = true;
  can.pollable = true;
  can.survives_peer_kill = true;
  can.largest_message = largest_supported;
  can.depth = spec.depth;
  if (spec.wait != Wait::block) can.unsupported_reason = "needs a wait other than block";
  if (spec.senders > 1) can.unsupported_reason = "needs many_senders";
  if (spec.receivers > 1) can.unsupported_reason = "needs many_receivers";
  return can;
}

// Whether a datagram comes through: the loopback device may be down, or a packet filter in its way.
bool comes_through(const DescriptorPair& pair) {
  const char byte = 0;
  if (::send(pair.sending.get(), &byte, sizeof byte, MSG_NOSIGNAL) != sizeof byte) return false;
  pollfd polled{pair.receiving.get(), POLLIN, 0};
  int found = 0;
  do found = ::poll(&polled, 1, answer_limit_ms);
  while (found < 0 && errno == EINTR);
  return found > 0;
}

std::string probe(const ChannelSpec& spec) {
  const auto pair = connected_pair();
  if (!pair) return "udp: " + explain(pair.error());
  if (!comes_through(*pair)) {
    return "udp: a datagram to 127.0.0.1 does not arrive; bring the loopback device up (ip link "
           "set lo up), and see the packet filter";
  }
  const BufferNeed need = need_of(spec, spec.depth);
  if (size_receive_buffer(pair->receiving, need.bytes)) return {};
  return fmt::format(
      "udp: depth {} of {} B needs a receive buffer of {} B, above net.core.rmem_max ({}); lower "
      "--depth or raise the sysctl",
      spec.depth, spec.largest_message, need.bytes,
      read_sysctl("/proc/sys/net/core/rmem_max").value_or(0));
}

Granted granted_by(const Fd& socket, const ChannelSpec& spec) {
  Granted granted;
  const std::int64_t bytes = receive_buffer(socket);
  granted.values["buffer_bytes"] = bytes;
  const std::int64_t packets = bytes / static_cast<std::int64_t>(need_of(spec, 1).bytes);
  granted.values["depth"] = spec.depth != 0 ? spec.depth : std::max<std::int64_t>(packets, 1);
  if (spec.depth == 0) {
    granted.add_note(smaller_than_default(bytes, default_socket_bytes, "net.core.rmem_default"));
  }
  return granted;
}

Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id, Names&) {
  auto pair = connected_pair();
  if (!pair) return tl::make_unexpected(pair.error());
  if (!size_receive_buffer(pair->receiving, need_of(spec, spec.depth).bytes)) {
    return fail(Errc::limit, "SO_RCVBUF (lower --depth or --size, or raise net.core.rmem_max)");
  }
  auto address = create_shared_page("udp");
  if (!address) return tl::make_unexpected(address.error());
  Granted granted = granted_by(pair->receiving, spec);
  address->id = id;
  address->spec = spec;
  auto& descriptors = address->descriptors;  // receiving, sending, page
  descriptors.insert(descriptors.begin(), std::move(pair->sending));
  descriptors.insert(descriptors.begin(), std::move(pair->receiving));
  return std::make_unique<AddressChannel>(std::move(*address), std::move(granted));
}

constexpr std::size_t receiving_end = 0;  // places in the address
constexpr std::size_t sending_end = 1;

// The page of the address, of whose descriptors it is the last. invalid: it is not that of a
// channel, or `end` is not there.
Result<Mapping> take_page(Address& address, std::size_t end) {
  if (address.descriptors.size() != 3 || !address.descriptors[end]) {
    return fail(Errc::invalid, "address of a udp channel");
  }
  Address page;
  page.descriptors.push_back(std::move(address.descriptors[2]));
  return map_shared_page(page);
}

Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext&) {
  auto page = take_page(address, sending_end);
  if (!page) return tl::make_unexpected(page.error());
  return std::make_unique<UdpSender>(std::move(address.descriptors[sending_end]), std::move(*page),
                                     address.spec);
}

Result<std::unique_ptr<Receiver>> open_receiver(Address address, const OpenContext& context) {
  auto page = take_page(address, receiving_end);
  if (!page) return tl::make_unexpected(page.error());
  return std::make_unique<UdpReceiver>(std::move(address.descriptors[receiving_end]),
                                       std::move(*page), address.spec, context);
}

}  // namespace

BackendEntry udp_entry() {
  BackendEntry entry;
  entry.name = "udp";
  entry.summary = "UDP over loopback, one datagram a message; loses what finds the buffer full";
  entry.group = MechanismGroup::kernel;
  entry.note =
      "The same code reaches another machine. The sender never waits: what comes while the "
      "receiver's buffer is full is lost without a word, and over a real network more is, and out "
      "of order.";
  entry.network = true;
  entry.snippet = "udp";
  entry.basic = false;
  entry.limits = "net.";
  entry.capabilities = capabilities;
  entry.probe = probe;
  entry.create = create;
  entry.open_sender = open_sender;
  entry.open_receiver = open_receiver;
  return entry;
}

}  // namespace ipcmark
