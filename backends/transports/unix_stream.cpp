// unix_stream: a Unix stream socketpair(2) for each sender.
#include <sys/socket.h>

#include "backends/framing/buffer_size.hpp"
#include "backends/framing/entry_of.hpp"
#include "backends/framing/stream_pairs.hpp"

namespace ipcmark {

BackendEntry unix_stream_entry();

namespace {

Result<DescriptorPair> connect_pair() { return create_socket_pair(SOCK_STREAM); }

constexpr StreamPairs pairs{"unix_stream", connect_pair, socket_note};

}  // namespace

BackendEntry unix_stream_entry() {
  BackendEntry entry = entry_of<pairs>();
  entry.summary = "Unix stream socketpair, framed stream";
  entry.group = MechanismGroup::kernel;
  entry.note =
      "A byte stream with an address, both ways and many clients on one machine: message "
      "boundaries are yours; descriptors and credentials can be passed.";
  entry.snippet = "unix_stream";
  entry.limits = "net.";
  return entry;
}

}  // namespace ipcmark
