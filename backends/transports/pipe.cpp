// pipe: an anonymous pipe(2).
//
// Frames of at most PIPE_BUF bytes are written atomically, so small messages need nothing more for
// several senders; larger ones are cut into tagged fragments of that size. Several receivers need
// messages that one read takes whole: packet mode (O_DIRECT), one packet a message.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "backends/framing/buffer_size.hpp"
#include "backends/framing/stream_endpoint.hpp"
#include "backends/transport.hpp"

namespace ipcmark {

BackendEntry pipe_entry();

namespace {

constexpr std::uint64_t frame_overhead = 4;
constexpr std::uint64_t atomic_bytes = 4096;  // PIPE_BUF
constexpr std::uint32_t most_senders = 0xFFFF;

class PipeChannel final : public Channel {
 public:
  PipeChannel(Address address, Granted granted)
      : address_(std::move(address)), granted_(std::move(granted)) {}
  Address address() const override { return address_.clone(); }
  Granted granted() const override { return granted_; }
  void seal() override { address_.descriptors.clear(); }

 private:
  Address address_;  // descriptors: read end, write end
  Granted granted_;
};

bool is_atomic(const ChannelSpec& spec) {
  return spec.largest_message + frame_overhead <= atomic_bytes;
}
bool is_tagged(const ChannelSpec& spec) { return spec.senders > 1 && !is_atomic(spec); }
StreamFd::Kind kind_of(const ChannelSpec& spec) {
  return spec.receivers > 1 ? StreamFd::Kind::packet_pipe : StreamFd::Kind::pipe;
}

BufferNeed need_of(const ChannelSpec& spec) {
  std::uint64_t bytes = pipe_bytes_per_message(spec.largest_message + frame_overhead);
  if (spec.receivers > 1) bytes = atomic_bytes;  // each packet takes a page
  if (is_tagged(spec)) {
    bytes = (spec.largest_message / (atomic_bytes - tagged_header_bytes) + 1) * atomic_bytes;
  }
  return pipe_need("pipe", spec.depth, spec.largest_message, bytes);
}

Capabilities capabilities(const ChannelSpec& spec) {
  Capabilities result;
  result.many_senders = true;
  result.many_receivers = is_atomic(spec);
  result.fragments = is_tagged(spec);
  result.native_boundaries = spec.receivers > 1;
  result.pollable = true;
  result.reports_peer_death = true;
  result.survives_peer_kill = true;
  result.largest_message = largest_frame;
  result.depth = spec.depth;
  if (spec.wait != Wait::block) result.refusal = "needs a wait other than block";
  if (spec.receivers > 1 && !is_atomic(spec)) result.refusal = "needs many_receivers";
  if (spec.senders > most_senders) result.refusal = "needs more than 65535 senders";
  if (spec.largest_message > largest_frame) result.refusal = "needs messages of more than 1 GiB";
  return result;
}

std::string probe(const ChannelSpec& spec) { return pipe_obstacle(need_of(spec)); }

Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id, Names&) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | (spec.receivers > 1 ? O_DIRECT : 0)) != 0) {
    return fail(Errc::system, "pipe2", errno);
  }
  Address address;
  address.id = id;
  address.backend = "pipe";
  address.spec = spec;
  address.descriptors.emplace_back(ends[0]);
  address.descriptors.emplace_back(ends[1]);
  const auto bytes = size_pipe(ends[1], need_of(spec));
  if (!bytes) return tl::make_unexpected(bytes.error());
  Granted granted;
  granted.values["buffer_bytes"] = *bytes;
  if (spec.depth != 0) granted.values["depth"] = spec.depth;
  if (is_tagged(spec)) granted.note = "fragments of 4096 B";
  granted.add_note(pipe_note(need_of(spec), *bytes));
  return std::make_unique<PipeChannel>(std::move(address), std::move(granted));
}

Result<StreamFd> take_end(Address& address, std::size_t which) {
  if (address.descriptors.size() != 2 || !address.descriptors[which]) {
    return fail(Errc::invalid, "address of a pipe");
  }
  return StreamFd{std::move(address.descriptors[which]), kind_of(address.spec)};
}

Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext& context) {
  auto stream = take_end(address, 1);
  if (!stream) return tl::make_unexpected(stream.error());
  const std::uint64_t largest = address.spec.largest_message;
  if (is_tagged(address.spec)) {
    return std::make_unique<TaggedSender>(TaggedWriter{std::move(*stream), context.index, largest});
  }
  return std::make_unique<StreamSender>(std::move(*stream), largest);
}

Result<std::unique_ptr<Receiver>> open_receiver(Address address, const OpenContext&) {
  auto stream = take_end(address, 0);
  if (!stream) return tl::make_unexpected(stream.error());
  const std::uint64_t largest = address.spec.largest_message;
  if (is_tagged(address.spec)) {
    return std::make_unique<TaggedReceiver>(
        TaggedReader{std::move(*stream), address.spec.senders, largest});
  }
  return std::make_unique<StreamReceiver>(std::move(*stream), largest);
}

}  // namespace

BackendEntry pipe_entry() {
  BackendEntry entry;
  entry.name = "pipe";
  entry.summary = "anonymous pipe, framed stream";
  entry.group = MechanismGroup::kernel;
  entry.note =
      "A byte stream between related processes: message boundaries are yours (up to 4 KiB a write "
      "is whole), and the reader sees end of file when the writer dies.";
  entry.snippet = "pipe";
  entry.limits = "pipe-";
  entry.capabilities = capabilities;
  entry.probe = probe;
  entry.create = create;
  entry.open_sender = open_sender;
  entry.open_receiver = open_receiver;
  return entry;
}

}  // namespace ipcmark
