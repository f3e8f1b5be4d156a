// unix_seqpacket: a Unix SOCK_SEQPACKET socketpair(2).
//
// The kernel reports the end of the last sender.
#include <sys/socket.h>

#include "backends/framing/entry_of.hpp"
#include "backends/framing/packet_socket.hpp"

namespace ipcmark {

BackendEntry unix_seqpacket_entry();

namespace {

constexpr PacketSocket packets{"unix_seqpacket", SOCK_SEQPACKET, true};

}  // namespace

BackendEntry unix_seqpacket_entry() {
  BackendEntry entry = entry_of<packets>();
  entry.summary = "Unix SEQPACKET socketpair, one packet a message";
  entry.group = MechanismGroup::kernel;
  entry.note =
      "Connections that keep messages whole and in order, on one machine; the largest message is "
      "bounded by the socket's buffer.";
  entry.snippet = "unix_seqpacket";
  entry.limits = "net.";
  return entry;
}

}  // namespace ipcmark
