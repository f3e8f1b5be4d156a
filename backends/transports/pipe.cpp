// pipe: an anonymous pipe(2).
//
// Frames of at most PIPE_BUF bytes are written atomically, so small messages need nothing more for
// several senders; larger ones are cut into tagged fragments of that size. Several receivers need
// messages that one read takes whole: packet mode (O_DIRECT), one packet a message.
#include <fcntl.h>

#include "backends/framing/buffer_size.hpp"
#include "backends/framing/pair_channel.hpp"
#include "backends/framing/stream_endpoint.hpp"
#include "backends/transport.hpp"

namespace ipcmark {

BackendEntry pipe_entry();

namespace {

constexpr std::uint64_t atomic_bytes = 4096;  // PIPE_BUF

bool is_atomic(const ChannelSpec& spec) {
  return spec.largest_message + frame_header_bytes <= atomic_bytes;
}
bool is_tagged(const ChannelSpec& spec) { return spec.senders > 1 && !is_atomic(spec); }
StreamFd::Kind kind_of(const ChannelSpec& spec) {
  return spec.receivers > 1 ? StreamFd::Kind::packet_pipe : StreamFd::Kind::pipe;
}

BufferNeed need_of(const ChannelSpec& spec) {
  std::uint64_t bytes = pipe_bytes_per_message(spec.largest_message + frame_header_bytes);
  if (spec.receivers > 1) bytes = atomic_bytes;  // each packet takes a page
  if (is_tagged(spec)) {
    bytes = (spec.largest_message / (atomic_bytes - tagged_header_bytes) + 1) * atomic_bytes;
  }
  return pipe_need("pipe", spec.depth, spec.largest_message, bytes);
}

Capabilities capabilities(const ChannelSpec& spec) {
  const char* refusal = "";
  if (spec.receivers > 1 && !is_atomic(spec)) refusal = "needs many_receivers";
  if (spec.senders > max_tagged_senders) refusal = "needs more than 65535 senders";
  Capabilities can = stream_capabilities(spec, refusal);
  can.many_senders = true;
  can.many_receivers = is_atomic(spec);
  can.fragments = is_tagged(spec);
  can.native_boundaries = spec.receivers > 1;
  return can;
}

std::string probe(const ChannelSpec& spec) { return pipe_unsupported(need_of(spec)); }

Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id, Names&) {
  auto pipe = create_pipe(spec.receivers > 1 ? O_DIRECT : 0);
  if (!pipe) return tl::make_unexpected(pipe.error());
  auto granted =
      grant_pipe(pipe->sending.get(), need_of(spec), is_tagged(spec) ? "fragments of 4096 B" : "");
  if (!granted) return tl::make_unexpected(granted.error());
  return make_pair_channel("pipe", spec, id, std::move(*pipe), std::move(*granted));
}

Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext& context) {
  auto end = take_sending_end(address, "pipe");
  if (!end) return tl::make_unexpected(end.error());
  StreamFd stream{std::move(*end), kind_of(address.spec)};
  const std::uint64_t largest = address.spec.largest_message;
  if (is_tagged(address.spec)) {
    return std::make_unique<TaggedSender>(TaggedWriter{std::move(stream), context.index, largest});
  }
  return std::make_unique<StreamSender>(std::move(stream), largest);
}

Result<std::unique_ptr<Receiver>> open_receiver(Address address, const OpenContext&) {
  auto end = take_receiving_end(address, "pipe");
  if (!end) return tl::make_unexpected(end.error());
  StreamFd stream{std::move(*end), kind_of(address.spec)};
  const std::uint64_t largest = address.spec.largest_message;
  if (is_tagged(address.spec)) {
    return std::make_unique<TaggedReceiver>(
        TaggedReader{std::move(stream), address.spec.senders, largest});
  }
  return std::make_unique<StreamReceiver>(std::move(stream), largest);
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
