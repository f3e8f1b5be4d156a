#include "backends/framing/packet_socket.hpp"

#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>

#include "backends/framing/buffer_size.hpp"
#include "backends/framing/packet_receiver.hpp"
#include "backends/framing/packet_sender.hpp"
#include "backends/framing/pair_channel.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t largest = std::uint64_t{1} << 30;
constexpr std::uint32_t max_senders = 0xFFFF;

std::uint64_t packet_of(const ChannelSpec& spec) {
  return std::min(spec.largest_message + sizeof(PacketKind), packet_bytes);
}

BufferNeed need_of(const char* backend, const ChannelSpec& spec) {
  const std::uint64_t packets = needs_pieces(spec) ? spec.largest_message / piece_bytes + 1 : 1;
  return packet_need(backend, spec.depth, spec.largest_message, packets, packet_of(spec));
}

Status set_receive_timeout(const Fd& fd) {
  const timeval interval{0, peer_check_interval_ns / 1000};
  if (setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &interval, sizeof interval) != 0) {
    return fail(Errc::system, "setsockopt SO_RCVTIMEO", errno);
  }
  return {};
}

}  // namespace

Capabilities PacketSocket::capabilities(const ChannelSpec& spec) const {
  Capabilities result;
  const bool pieces = needs_pieces(spec);
  result.many_senders = true;
  // A message in pieces would be split over receivers.
  result.many_receivers = !pieces;
  result.native_boundaries = !pieces;
  result.fragments = pieces;
  result.pollable = true;
  result.reports_peer_death = end_of_file;
  result.survives_peer_kill = true;
  result.largest_message = largest;
  result.depth = spec.depth;
  if (spec.wait != Wait::block) result.unsupported_reason = "needs a wait other than block";
  if (spec.receivers > 1 && pieces) result.unsupported_reason = "needs many_receivers";
  // A receiver cannot know whether another has taken the end packet of another sender.
  if (spec.receivers > 1 && spec.senders > 1 && !end_of_file) {
    result.unsupported_reason = "needs many_senders and many_receivers at once";
  }
  if (spec.senders > max_senders) result.unsupported_reason = "needs more than 65535 senders";
  if (spec.largest_message > largest)
    result.unsupported_reason = "needs messages of more than 1 GiB";
  return result;
}

std::string PacketSocket::probe(const ChannelSpec& spec) const {
  return socket_unsupported(need_of(backend, spec));
}

Result<std::unique_ptr<Channel>> PacketSocket::create(const ChannelSpec& spec,
                                                      std::uint64_t id) const {
  auto pair = create_socket_pair(type);
  if (!pair) return tl::make_unexpected(pair.error());
  const auto bytes = size_socket(pair->sending.get(), need_of(backend, spec));
  if (!bytes) return tl::make_unexpected(bytes.error());
  if (!end_of_file) {
    if (const Status set = set_receive_timeout(pair->receiving); !set) {
      return tl::make_unexpected(set.error());
    }
  }
  Granted granted;
  granted.values["buffer_bytes"] = *bytes;
  if (spec.depth != 0) {
    granted.values["depth"] = spec.depth;
  } else {
    // The kernel takes a packet as long as the buffer is not yet full.
    const auto one = need_of(backend, [&] {
      ChannelSpec single = spec;
      single.depth = 1;
      return single;
    }());
    granted.values["depth"] = *bytes / static_cast<std::int64_t>(one.bytes) + 1;
    granted.add_note(socket_note(*bytes));
  }
  if (needs_pieces(spec)) {
    granted.add_note("fragments above " + std::to_string(packet_bytes) + " B");
  }
  return make_pair_channel(backend, spec, id, std::move(*pair), std::move(granted));
}

Result<std::unique_ptr<Sender>> PacketSocket::open_sender(Address address,
                                                          const OpenContext& context) const {
  auto socket = take_sending_end(address, backend);
  if (!socket) return tl::make_unexpected(socket.error());
  const std::uint32_t ends = end_of_file ? 0 : address.spec.receivers;
  return std::make_unique<PacketSender>(StreamFd{std::move(*socket), StreamFd::Kind::socket},
                                        address.spec, context.index, ends);
}

Result<std::unique_ptr<Receiver>> PacketSocket::open_receiver(Address address,
                                                              const OpenContext& context) const {
  auto socket = take_receiving_end(address, backend);
  if (!socket) return tl::make_unexpected(socket.error());
  const std::uint32_t ends = end_of_file ? 0 : address.spec.senders;
  return std::make_unique<PacketReceiver>(StreamFd{std::move(*socket), StreamFd::Kind::socket},
                                          address.spec, ends, context);
}

}  // namespace ipcmark
