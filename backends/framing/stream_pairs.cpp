#include "backends/framing/stream_pairs.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>

#include "backends/framing/buffer_size.hpp"
#include "backends/framing/stream_endpoint.hpp"
#include "backends/kernel/address_channel.hpp"

namespace ipcmark {
namespace {

// Several streams, read in turn. Waits on an epoll instance, which is also its descriptor().
class MergedReceiver final : public Receiver {
 public:
  MergedReceiver(Fd epoll, std::vector<FrameReader> readers)
      : epoll_(std::move(epoll)),
        readers_(std::move(readers)),
        open_(readers_.size(), true),
        still_open_(readers_.size()) {}

  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    for (;;) {
      for (std::size_t step = 0; step < readers_.size(); ++step) {
        const std::size_t index = (next_ + step) % readers_.size();
        if (open_[index] && readers_[index].holds_message()) return take(index, buffer);
      }
      if (still_open_ == 0) return fail(died_ ? Errc::peer_died : Errc::closed, "read");
      epoll_event events[16];
      const auto found = wait(events, deadline);
      if (!found) return tl::make_unexpected(found.error());
      for (std::size_t i = 0; i < *found; ++i) {
        auto got = take(events[i].data.u64, buffer);
        if (got) return got;
        const Errc code = got.error().code;
        if (code != Errc::would_block && code != Errc::closed) return got;
      }
    }
  }

  bool ready() override {
    if (still_open_ == 0) return true;
    const auto held = [](const FrameReader& reader) { return reader.holds_message(); };
    if (std::any_of(readers_.begin(), readers_.end(), held)) return true;
    return is_readable(epoll_.get());
  }
  int descriptor() const override { return epoll_.get(); }

 private:
  Result<std::size_t> take(std::size_t index, std::span<std::byte> buffer) {
    auto got = readers_[index].receive(buffer, Deadline::immediate());
    if (got) {
      next_ = index + 1;
      return got;
    }
    const Errc code = got.error().code;
    if (code == Errc::closed || code == Errc::peer_died) {
      epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, readers_[index].descriptor(), nullptr);
      open_[index] = false;
      --still_open_;
      died_ = died_ || code == Errc::peer_died;
    }
    return got;
  }

  Result<std::size_t> wait(std::span<epoll_event> events, Deadline deadline) {
    for (;;) {
      int ms = deadline.is_immediate() ? 0 : -1;
      if (!deadline.is_never() && !deadline.is_immediate()) {
        ms = static_cast<int>(
            std::min<std::uint64_t>((deadline.remaining_ns() + 999'999) / 1'000'000, 60'000));
      }
      const int found =
          epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), ms);
      if (found > 0) return static_cast<std::size_t>(found);
      if (found < 0 && errno != EINTR) return fail(Errc::system, "epoll_wait", errno);
      if (deadline.is_immediate() && found == 0) return fail(Errc::would_block, "epoll_wait");
      if (!deadline.is_immediate() && deadline.passed()) return fail(Errc::timeout, "epoll_wait");
    }
  }

  Fd epoll_;
  std::vector<FrameReader> readers_;
  std::vector<bool> open_;
  std::size_t still_open_;
  std::size_t next_ = 0;
  bool died_ = false;
};

BufferNeed need_of(const char* backend, const ChannelSpec& spec) {
  // A stream socket cuts a large message into packets of about 32 KiB.
  constexpr std::uint64_t piece = 32'000;
  const std::uint64_t frame = spec.largest_message + frame_header_bytes;
  return socket_need(backend, spec.depth, spec.largest_message, (frame - 1) / piece + 1,
                     std::min(frame, piece));
}

}  // namespace

Capabilities StreamPairs::capabilities(const ChannelSpec& spec) {
  Capabilities can = stream_capabilities(spec, spec.receivers > 1 ? "needs many_receivers" : "");
  can.many_senders = true;
  return can;
}

std::string StreamPairs::probe(const ChannelSpec& spec) const {
  return socket_unsupported(need_of(backend, spec));
}

Result<std::unique_ptr<Channel>> StreamPairs::create(const ChannelSpec& spec,
                                                     std::uint64_t id) const {
  Address address = make_address(backend, spec, id);  // receiving, sending; receiving, sending; …
  Granted granted;
  for (std::uint32_t i = 0; i < spec.senders; ++i) {
    auto pair = connect();
    if (!pair) return tl::make_unexpected(pair.error());
    const auto bytes = size_socket(pair->sending.get(), need_of(backend, spec));
    if (!bytes) return tl::make_unexpected(bytes.error());
    granted.values["buffer_bytes"] = *bytes;
    if (spec.depth == 0) granted.add_note(buffer_note(*bytes));
    address.descriptors.push_back(std::move(pair->receiving));
    address.descriptors.push_back(std::move(pair->sending));
  }
  if (spec.depth != 0) granted.values["depth"] = spec.depth;
  return std::make_unique<AddressChannel>(std::move(address), std::move(granted));
}

Result<std::unique_ptr<Sender>> StreamPairs::open_sender(Address address,
                                                         const OpenContext& context) const {
  const std::size_t at = 2 * std::size_t{context.index} + 1;
  if (at >= address.descriptors.size() || !address.descriptors[at]) {
    return fail(Errc::invalid, backend);
  }
  return std::make_unique<StreamSender>(
      StreamFd{std::move(address.descriptors[at]), StreamFd::Kind::socket},
      address.spec.largest_message);
}

Result<std::unique_ptr<Receiver>> StreamPairs::open_receiver(Address address,
                                                             const OpenContext&) const {
  std::vector<FrameReader> readers;
  for (std::size_t at = 0; at + 1 < address.descriptors.size(); at += 2) {
    if (!address.descriptors[at]) return fail(Errc::invalid, backend);
    StreamFd stream{std::move(address.descriptors[at]), StreamFd::Kind::socket};
    if (address.descriptors.size() == 2) {
      return std::make_unique<StreamReceiver>(std::move(stream), address.spec.largest_message);
    }
    readers.emplace_back(std::move(stream), address.spec.largest_message);
  }
  if (readers.empty()) return fail(Errc::invalid, backend);
  Fd epoll{epoll_create1(EPOLL_CLOEXEC)};
  if (!epoll) return fail(Errc::system, "epoll_create1", errno);
  for (std::size_t i = 0; i < readers.size(); ++i) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    if (epoll_ctl(epoll.get(), EPOLL_CTL_ADD, readers[i].descriptor(), &event) != 0) {
      return fail(Errc::system, "epoll_ctl", errno);
    }
  }
  return std::make_unique<MergedReceiver>(std::move(epoll), std::move(readers));
}

}  // namespace ipcmark
