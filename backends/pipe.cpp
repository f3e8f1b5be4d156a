// pipe: an anonymous pipe(2). One sender and one receiver share a framed stream.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "backends/kernel/stream_endpoint.hpp"
#include "backends/transport.hpp"

namespace ipcmark {

BackendEntry pipe_entry();

namespace {

constexpr std::uint64_t frame_overhead = 4;

class PipeChannel final : public Channel {
 public:
  explicit PipeChannel(Address address) : address_(std::move(address)) {}
  Address address() const override { return address_.clone(); }
  Granted granted() const override { return granted_; }
  void seal() override { address_.descriptors.clear(); }
  void grant(std::int64_t buffer_bytes) { granted_.values["buffer_bytes"] = buffer_bytes; }

 private:
  Address address_;  // descriptors: read end, write end
  Granted granted_;
};

Capabilities capabilities(const ChannelSpec& spec) {
  Capabilities result;
  result.block = true;
  result.pollable = true;
  result.reports_peer_death = true;
  result.survives_peer_kill = true;
  result.largest_message = largest_frame;
  if (spec.senders > 1) result.refusal = "needs many_senders";
  if (spec.receivers > 1) result.refusal = "needs many_receivers";
  return result;
}

std::string probe(const ChannelSpec&) { return {}; }

Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id, Names&) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(Errc::system, "pipe2", errno);
  Address address;
  address.id = id;
  address.backend = "pipe";
  address.spec = spec;
  address.descriptors.emplace_back(ends[0]);
  address.descriptors.emplace_back(ends[1]);
  auto channel = std::make_unique<PipeChannel>(std::move(address));
  channel->grant(fcntl(ends[1], F_GETPIPE_SZ));
  return channel;
}

Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext&) {
  if (address.descriptors.size() != 2 || !address.descriptors[1]) {
    return fail(Errc::invalid, "pipe address");
  }
  return std::make_unique<StreamSender>(
      StreamFd{std::move(address.descriptors[1]), StreamFd::Kind::pipe},
      address.spec.largest_message);
}

Result<std::unique_ptr<Receiver>> open_receiver(Address address, const OpenContext&) {
  if (address.descriptors.size() != 2 || !address.descriptors[0]) {
    return fail(Errc::invalid, "pipe address");
  }
  return std::make_unique<StreamReceiver>(
      StreamFd{std::move(address.descriptors[0]), StreamFd::Kind::pipe},
      address.spec.largest_message);
}

}  // namespace

BackendEntry pipe_entry() {
  BackendEntry entry;
  entry.name = "pipe";
  entry.summary = "anonymous pipe, framed stream";
  entry.capabilities = capabilities;
  entry.probe = probe;
  entry.create = create;
  entry.open_sender = open_sender;
  entry.open_receiver = open_receiver;
  return entry;
}

}  // namespace ipcmark
