// packet_pipe: a pipe in packet mode (O_DIRECT). A user's own backend: all of it is in this file.
#include "tests/out_of_tree/packet_pipe.hpp"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace {

using namespace ipcmark;

// One byte before each payload, since an empty packet cannot be written.
constexpr std::size_t largest_payload = PIPE_BUF - 1;

// poll(2) until the descriptor is ready, the deadline has passed or a peer has died.
Status wait_for(int fd, short events, Deadline deadline, const OpenContext& context) {
  while (true) {
    if (context.peer_died->load() != 0) return fail(Errc::peer_died, "packet_pipe");
    std::uint64_t slice = 100'000'000;
    if (!deadline.is_never()) slice = std::min(slice, deadline.remaining_ns());
    const timespec timeout{0, static_cast<long>(slice)};
    pollfd entry{fd, events, 0};
    const int ready = ppoll(&entry, 1, &timeout, nullptr);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return fail(Errc::system, "ppoll", errno);
    if (deadline.passed()) return fail(Errc::timeout, "packet_pipe");
  }
}

class PacketSender final : public Sender {
 public:
  PacketSender(Fd fd, const OpenContext& context, std::size_t largest)
      : fd_(std::move(fd)), context_(context), largest_(largest) {}

  Status send(std::span<const std::byte> message, Deadline deadline) override {
    if (message.size() > largest_) return fail(Errc::too_large, "packet_pipe send");
    std::copy(message.begin(), message.end(), packet_ + 1);
    while (true) {
      if (::write(fd_.get(), packet_, message.size() + 1) > 0) return {};
      if (errno == EPIPE) return fail(Errc::peer_died, "write");
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return fail(Errc::system, "write", errno);
      if (deadline.is_immediate()) return fail(Errc::would_block, "write");
      if (auto waited = wait_for(fd_.get(), POLLOUT, deadline, context_); !waited) return waited;
    }
  }
  Status close(Deadline) override {
    fd_.reset();
    return {};
  }

 private:
  Fd fd_;
  OpenContext context_;
  std::size_t largest_;
  std::byte packet_[PIPE_BUF] = {};
};

class PacketReceiver final : public Receiver {
 public:
  PacketReceiver(Fd fd, const OpenContext& context) : fd_(std::move(fd)), context_(context) {}

  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    while (held_ == 0) {
      const auto got = ::read(fd_.get(), packet_, sizeof packet_);
      if (got > 0) held_ = static_cast<std::size_t>(got);
      if (got == 0) return fail(Errc::closed, "read");
      if (got > 0 || errno == EINTR) continue;
      if (errno != EAGAIN) return fail(Errc::system, "read", errno);
      if (deadline.is_immediate()) return fail(Errc::would_block, "read");
      if (auto waited = wait_for(fd_.get(), POLLIN, deadline, context_); !waited) {
        return tl::make_unexpected(waited.error());
      }
    }
    const std::size_t size = held_ - 1;
    if (size > buffer.size()) return fail(Errc::too_large, "packet_pipe receive");
    std::copy(packet_ + 1, packet_ + 1 + size, buffer.begin());
    held_ = 0;
    return size;
  }
  bool ready() override {
    pollfd entry{fd_.get(), POLLIN, 0};
    return held_ != 0 || poll(&entry, 1, 0) > 0;
  }
  int descriptor() const override { return fd_.get(); }

 private:
  Fd fd_;
  OpenContext context_;
  std::size_t held_ = 0;  // bytes of a packet that did not fit the caller's buffer
  std::byte packet_[PIPE_BUF] = {};
};

class PacketChannel final : public Channel {
 public:
  PacketChannel(Fd read, Fd write, const ChannelSpec& spec, std::uint64_t id) {
    address_ = Address{id, "packet_pipe", "", {}, spec};
    address_.descriptors.push_back(std::move(read));
    address_.descriptors.push_back(std::move(write));
  }
  Address address() const override { return address_.clone(); }
  Granted granted() const override { return {}; }
  void seal() override { address_.descriptors.clear(); }

 private:
  Address address_;
};

Capabilities capabilities(const ChannelSpec& spec) {
  Capabilities can;
  can.many_senders = can.many_receivers = true;  // packets are never mixed or split
  can.native_boundaries = can.pollable = can.reports_peer_death = can.survives_peer_kill = true;
  can.largest_message = largest_payload;
  if (spec.wait != Wait::block) can.unsupported_reason = "waits by blocking only";
  if (spec.largest_message > largest_payload) can.unsupported_reason = "messages above 4095 bytes";
  return can;
}

std::string probe(const ChannelSpec&) { return ""; }

Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id, Names&) {
  int fds[2] = {};
  if (pipe2(fds, O_DIRECT | O_NONBLOCK | O_CLOEXEC) != 0) return fail(Errc::system, "pipe2", errno);
  return std::make_unique<PacketChannel>(Fd(fds[0]), Fd(fds[1]), spec, id);
}

Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext& context) {
  return std::make_unique<PacketSender>(std::move(address.descriptors.at(1)), context,
                                        address.spec.largest_message);
}

Result<std::unique_ptr<Receiver>> open_receiver(Address address, const OpenContext& context) {
  return std::make_unique<PacketReceiver>(std::move(address.descriptors.at(0)), context);
}

}  // namespace

ipcmark::BackendEntry packet_pipe_backend() {
  return {.name = "packet_pipe",
          .summary = "pipe in packet mode (O_DIRECT), messages up to 4095 bytes",
          .capabilities = capabilities,
          .probe = probe,
          .create = create,
          .open_sender = open_sender,
          .open_receiver = open_receiver};
}
