// Sender and Receiver over one framed stream: all a one-to-one stream backend needs.
#pragma once

#include <poll.h>

#include "backends/kernel/framed_stream.hpp"
#include "backends/transport.hpp"

namespace ipcmark {

class StreamSender final : public Sender {
 public:
  StreamSender(StreamFd stream, std::uint64_t largest_message)
      : writer_(std::move(stream), largest_message) {}
  Status send(std::span<const std::byte> message, Deadline deadline) override {
    return writer_.send(message, deadline);
  }
  Status flush(Deadline deadline) override { return writer_.flush(deadline); }
  Status close(Deadline deadline) override { return writer_.close(deadline); }

 private:
  FrameWriter writer_;
};

class StreamReceiver final : public Receiver {
 public:
  StreamReceiver(StreamFd stream, std::uint64_t largest_message)
      : reader_(std::move(stream), largest_message) {}
  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    return reader_.receive(buffer, deadline);
  }
  bool ready() override {
    return reader_.holds_message() ||
           wait_for(reader_.descriptor(), POLLIN, Deadline::at(1)).has_value();
  }
  int descriptor() const override { return reader_.descriptor(); }

 private:
  FrameReader reader_;
};

}  // namespace ipcmark
