// unix_seqpacket: a Unix SOCK_SEQPACKET socketpair(2).
//
// The kernel reports the end of the last sender.
#include <sys/socket.h>

#include "backends/framing/packet_socket.hpp"

namespace ipcmark {

BackendEntry unix_seqpacket_entry();

namespace {

constexpr PacketSocket packets{"unix_seqpacket", SOCK_SEQPACKET, true};

}  // namespace

BackendEntry unix_seqpacket_entry() {
  BackendEntry entry;
  entry.name = packets.backend;
  entry.summary = "Unix SEQPACKET socketpair, one packet a message";
  entry.group = MechanismGroup::kernel;
  entry.note =
      "Connections that keep messages whole and in order, on one machine; the largest message is "
      "bounded by the socket's buffer.";
  entry.snippet = "unix_seqpacket";
  entry.limits = "net.";
  entry.capabilities = [](const ChannelSpec& spec) { return packets.capabilities(spec); };
  entry.probe = [](const ChannelSpec& spec) { return packets.probe(spec); };
  entry.create = [](const ChannelSpec& spec, std::uint64_t id, Names&) {
    return packets.create(spec, id);
  };
  entry.open_sender = [](Address address, const OpenContext& context) {
    return packets.open_sender(std::move(address), context);
  };
  entry.open_receiver = [](Address address, const OpenContext& context) {
    return packets.open_receiver(std::move(address), context);
  };
  return entry;
}

}  // namespace ipcmark
