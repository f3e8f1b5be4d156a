#include "backends/framing/packet_socket.hpp"

#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>

#include "backends/framing/buffer_size.hpp"
#include "backends/framing/packet_receiver.hpp"
#include "backends/framing/packet_sender.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t largest = std::uint64_t{1} << 30;
constexpr std::uint32_t most_senders = 0xFFFF;

class PacketChannel final : public Channel {
 public:
  PacketChannel(Address address, Granted granted)
      : address_(std::move(address)), granted_(std::move(granted)) {}
  Address address() const override { return address_.clone(); }
  Granted granted() const override { return granted_; }
  void seal() override { address_.descriptors.clear(); }

 private:
  Address address_;  // descriptors: receiving, sending
  Granted granted_;
};

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
  if (spec.wait != Wait::block) result.refusal = "needs a wait other than block";
  if (spec.receivers > 1 && pieces) result.refusal = "needs many_receivers";
  // A receiver cannot know whether another has taken the end packet of another sender.
  if (spec.receivers > 1 && spec.senders > 1 && !end_of_file) {
    result.refusal = "needs many_senders and many_receivers at once";
  }
  if (spec.senders > most_senders) result.refusal = "needs more than 65535 senders";
  if (spec.largest_message > largest) result.refusal = "needs messages of more than 1 GiB";
  return result;
}

std::string PacketSocket::probe(const ChannelSpec& spec) const {
  return socket_obstacle(need_of(backend, spec));
}

Result<std::unique_ptr<Channel>> PacketSocket::create(const ChannelSpec& spec,
                                                      std::uint64_t id) const {
  int ends[2];
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0) {
    return fail(Errc::system, "socketpair", errno);
  }
  Fd receiving{ends[0]};
  Fd sending{ends[1]};
  const auto bytes = size_socket(sending.get(), need_of(backend, spec));
  if (!bytes) return tl::make_unexpected(bytes.error());
  if (!end_of_file) {
    if (const Status set = set_receive_timeout(receiving); !set) {
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
    granted.add_note(smaller_than_default(*bytes, default_socket_bytes, "net.core.wmem_default"));
  }
  if (needs_pieces(spec)) {
    granted.add_note("fragments above " + std::to_string(packet_bytes) + " B");
  }
  Address address;
  address.id = id;
  address.backend = backend;
  address.spec = spec;
  address.descriptors.push_back(std::move(receiving));
  address.descriptors.push_back(std::move(sending));
  return std::make_unique<PacketChannel>(std::move(address), std::move(granted));
}

Result<std::unique_ptr<Sender>> PacketSocket::open_sender(Address address,
                                                          const OpenContext& context) const {
  if (address.descriptors.size() != 2 || !address.descriptors[1]) {
    return fail(Errc::invalid, "address of a packet socket");
  }
  const std::uint32_t ends = end_of_file ? 0 : address.spec.receivers;
  return std::make_unique<PacketSender>(
      StreamFd{std::move(address.descriptors[1]), StreamFd::Kind::socket}, address.spec,
      context.index, ends);
}

Result<std::unique_ptr<Receiver>> PacketSocket::open_receiver(Address address,
                                                              const OpenContext& context) const {
  if (address.descriptors.size() != 2 || !address.descriptors[0]) {
    return fail(Errc::invalid, "address of a packet socket");
  }
  const std::uint32_t ends = end_of_file ? 0 : address.spec.senders;
  return std::make_unique<PacketReceiver>(
      StreamFd{std::move(address.descriptors[0]), StreamFd::Kind::socket}, address.spec, ends,
      context);
}

}  // namespace ipcmark
