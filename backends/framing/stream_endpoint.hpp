// Sender and Receiver over one stream, framed (StreamSender, StreamReceiver) or tagged.
#pragma once

#include "backends/framing/framed_stream.hpp"
#include "backends/framing/tagged_stream.hpp"
#include "backends/transport.hpp"

namespace ipcmark {

// What every backend over a byte stream can do and refuse; `refusal` is what it refuses itself, if
// anything.
inline Capabilities stream_capabilities(const ChannelSpec& spec, const char* refusal) {
  Capabilities can;
  can.pollable = true;
  can.reports_peer_death = true;
  can.survives_peer_kill = true;
  can.largest_message = largest_frame;
  can.depth = spec.depth;
  if (spec.wait != Wait::block) can.unsupported_reason = "needs a wait other than block";
  if (*refusal != '\0') can.unsupported_reason = refusal;
  if (spec.largest_message > largest_frame)
    can.unsupported_reason = "needs messages of more than 1 GiB";
  return can;
}
// Of one that serves one sender and one receiver.
inline Capabilities single_stream_capabilities(const ChannelSpec& spec) {
  const char* refusal = "";
  if (spec.senders > 1) refusal = "needs many_senders";
  if (spec.receivers > 1) refusal = "needs many_receivers";
  return stream_capabilities(spec, refusal);
}

// Endpoints begin a page, with their buffers behind their fields: a small message then touches one
// page of theirs. Where the kernel flushes the TLB at every system call, each page more costs.
template <class Writer>
class alignas(4096) WriterSender : public Sender {
 public:
  explicit WriterSender(Writer writer) : writer_(std::move(writer)) {}
  WriterSender(StreamFd stream, std::uint64_t largest_message)
      : writer_(std::move(stream), largest_message) {}
  Status send(std::span<const std::byte> message, Deadline deadline) final {
    return writer_.send(message, deadline);
  }
  Status flush(Deadline deadline) final { return writer_.flush(deadline); }
  Status close(Deadline deadline) final { return writer_.close(deadline); }

 private:
  Writer writer_;
};

template <class Reader>
class alignas(4096) ReaderReceiver : public Receiver {
 public:
  explicit ReaderReceiver(Reader reader) : reader_(std::move(reader)) {}
  ReaderReceiver(StreamFd stream, std::uint64_t largest_message)
      : reader_(std::move(stream), largest_message) {}
  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    return reader_.receive(buffer, deadline);
  }
  bool ready() final { return reader_.holds_message() || is_readable(reader_.descriptor()); }
  int descriptor() const final { return reader_.descriptor(); }

 protected:
  Reader reader_;
};

using StreamSender = WriterSender<FrameWriter>;
using StreamReceiver = ReaderReceiver<FrameReader>;
using TaggedSender = WriterSender<TaggedWriter>;
using TaggedReceiver = ReaderReceiver<TaggedReader>;

}  // namespace ipcmark
