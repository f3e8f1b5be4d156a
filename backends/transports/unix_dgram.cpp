// unix_dgram: a Unix SOCK_DGRAM socketpair(2).
//
// Datagram sockets know no end of file: each sender's close sends an end packet to every receiver.
#include <sys/socket.h>

#include "backends/framing/entry_of.hpp"
#include "backends/framing/packet_socket.hpp"

namespace ipcmark {

BackendEntry unix_dgram_entry();

namespace {

constexpr PacketSocket packets{"unix_dgram", SOCK_DGRAM, false};

}  // namespace

BackendEntry unix_dgram_entry() {
  BackendEntry entry = entry_of<packets>();
  entry.summary = "Unix datagram socketpair, one datagram a message";
  entry.group = MechanismGroup::kernel;
  entry.note =
      "Messages without a connection, whole and in order on one machine; the sender waits when the "
      "receiver's queue is full, and the death of a peer goes unseen.";
  entry.snippet = "unix_dgram";
  entry.limits = "net.";
  return entry;
}

}  // namespace ipcmark
