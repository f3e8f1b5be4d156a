// unix_stream: a Unix stream socketpair(2) for each sender.
#include <sys/socket.h>

#include <cerrno>

#include "backends/framing/buffer_size.hpp"
#include "backends/framing/stream_pairs.hpp"

namespace ipcmark {

BackendEntry unix_stream_entry();

namespace {

Result<StreamPair> connect_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return fail(Errc::system, "socketpair", errno);
  }
  return StreamPair{Fd{ends[0]}, Fd{ends[1]}};
}

std::string buffer_note(std::int64_t bytes) {
  return smaller_than_default(bytes, default_socket_bytes, "net.core.wmem_default");
}

constexpr StreamPairs pairs{"unix_stream", connect_pair, buffer_note};

}  // namespace

BackendEntry unix_stream_entry() {
  BackendEntry entry;
  entry.name = pairs.backend;
  entry.summary = "Unix stream socketpair, framed stream";
  entry.group = MechanismGroup::kernel;
  entry.note =
      "A byte stream with an address, both ways and many clients on one machine: message "
      "boundaries are yours; descriptors and credentials can be passed.";
  entry.snippet = "unix_stream";
  entry.limits = "net.";
  entry.capabilities = [](const ChannelSpec& spec) { return pairs.capabilities(spec); };
  entry.probe = [](const ChannelSpec& spec) { return pairs.probe(spec); };
  entry.create = [](const ChannelSpec& spec, std::uint64_t id, Names&) {
    return pairs.create(spec, id);
  };
  entry.open_sender = open_pair_sender;
  entry.open_receiver = open_pair_receiver;
  return entry;
}

}  // namespace ipcmark
