// ZeroMQ: PUSH and PULL over ipc:// (libzmq, through cppzmq's owners); channels with topics are
// XPUB and XSUB (zeromq_topics.cpp).
//
// Each endpoint has a context of its own with one I/O thread, which inherits the CPU affinity of
// the thread that opened the endpoint. The end of which there is one binds: the receiver, or the
// sender of several receivers; never several of both. The socket lies in the run's private
// directory, because libzmq unlinks whatever it finds at its path.
//
// Every message ends with a trailer: its sender, and whether it is data or that sender's end. With
// several receivers the ends go round like messages, so there they only wake; shared counts say
// when everything has arrived.
//
// libzmq buffers: send() succeeds when the message is in the sender's queue. LINGER is no guarantee
// that it arrives: a receiver at its high-water mark that sees the connection end drops what it has
// not read from the socket yet. So close() queues the end, and the sender's destructor keeps the
// connection until the receiver has taken all its messages (counted in shared memory), is gone, or
// 10 s have passed.
#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "backends/kernel/address_channel.hpp"
#include "backends/registry.hpp"
#include "backends/zeromq/zeromq_endpoint.hpp"
#include "backends/zeromq/zeromq_topics.hpp"

namespace ipcmark {

namespace {

constexpr std::uint64_t largest_allowed = std::uint64_t{64} << 20U;

using zeromq::Endpoint;
using zeromq::Kind;
using zeromq::linger_ns;
using zeromq::mark_of;
using zeromq::max_bytes_an_end;
using zeromq::SharedTally;
using zeromq::Tally;
using zeromq::Trailer;

Capabilities capabilities(const ChannelSpec& spec) {
  Capabilities can;
  can.many_senders = spec.receivers <= 1;
  can.many_receivers = spec.senders <= 1;
  can.native_boundaries = true;
  can.pollable = true;
  can.survives_peer_kill = true;
  if (spec.topic_at != 0) {
    can.topics = can.broadcast = true;
    can.many_receivers = false;
  }
  can.largest_message = largest_allowed;
  can.depth = static_cast<std::uint32_t>(mark_of(spec));
  if (spec.largest_message > can.largest_message) {
    can.unsupported_reason = fmt::format("carries at most {} B", can.largest_message);
  } else if (spec.wait != Wait::block) {
    can.unsupported_reason = "waits by block only";
  } else if (spec.senders > 1 && spec.receivers > 1) {
    can.unsupported_reason = "needs many_senders and many_receivers at once; one end must bind";
  }
  return can;
}

std::string probe(const ChannelSpec& spec) {
  const std::uint64_t mark = mark_of(spec);
  if (mark > 1 && mark * spec.largest_message > max_bytes_an_end) {
    return fmt::format(
        "zeromq: depth {} of {} B would queue more than {} MiB at each end; lower --depth", mark,
        spec.largest_message, max_bytes_an_end >> 20U);
  }
  // libzmq aborts the process where it is refused these.
  const Fd eventfd(::eventfd(0, EFD_CLOEXEC));
  if (!eventfd && errno != EMFILE && errno != ENFILE) {
    return "zeromq needs " + explain(fail(Errc::system, "eventfd", errno).value());
  }
  if (mark > 1'000'000) return fmt::format("zeromq: depth {} is above 1000000", mark);
  return {};
}

class ZeromqSender final : public Sender {
 public:
  ZeromqSender(const Address& address, const OpenContext& context)
      : end_(address, context), index_(context.index) {}
  ZeromqSender(const ZeromqSender&) = delete;
  ZeromqSender& operator=(const ZeromqSender&) = delete;
  ~ZeromqSender() override {
    if (!opened_) return;
    const Deadline last = Deadline::after(linger_ns);
    timespec pause{0, 50'000};
    while (!all_taken() && !nobody_left() && !last.passed()) {
      nanosleep(&pause, nullptr);
      pause.tv_nsec = std::min(2 * pause.tv_nsec, 1'000'000L);
    }
    // The end alone may be under way now. Nobody is at a mark, so that LINGER does for it.
    if (!nobody_left()) end_.linger(static_cast<int>(last.remaining_ns() / 1'000'000U));
  }
  Status open(const Address& address) {
    Status opened = end_.open(address, zmq::socket_type::push, true);
    opened_ = opened.has_value();
    return opened;
  }

  Status send(std::span<const std::byte> message, Deadline deadline) override {
    if (message.size() > end_.spec().largest_message) return fail(Errc::too_large, "send");
    if (closed_) return fail(Errc::invalid, "send after close");
    const Status sent = put(message, Kind::data, deadline);
    if (sent) ++sent_;
    return sent;
  }

  Status close(Deadline deadline) override {
    if (closed_) return {};
    end_.tally()->sent.store(sent_);
    // One for each receiver; goes on where a deadline has cut it.
    for (; ends_ < end_.spec().receivers; ++ends_) {
      if (Status ended = put({}, Kind::end, deadline); !ended) return ended;
    }
    closed_ = true;
    return {};
  }

 private:
  bool all_taken() const { return end_.tally()->received_of(index_).load() >= sent_; }
  bool nobody_left() const {
    return end_.died() || end_.tally()->receivers_gone.load() >= end_.spec().receivers;
  }

  Status put(std::span<const std::byte> message, Kind kind, Deadline deadline) {
    const Trailer trailer{index_, kind};
    zmq::message_t frame;
    const Status made = zeromq::make_room(frame, message.size() + sizeof trailer);
    if (!made) return made;
    auto* bytes = frame.data<std::byte>();
    if (!message.empty()) std::memcpy(bytes, message.data(), message.size());
    std::memcpy(bytes + message.size(), &trailer, sizeof trailer);
    const auto call = [&](int flags) {
      return zmq_msg_send(frame.handle(), end_.socket().handle(), flags);
    };
    return end_.retry(call, ZMQ_POLLOUT, "zmq_msg_send", deadline,
                      []() -> std::optional<Error> { return {}; });
  }

  Endpoint end_;
  std::uint32_t index_;
  std::uint64_t sent_ = 0;
  std::uint32_t ends_ = 0;  // sent
  bool closed_ = false;
  bool opened_ = false;
};

class ZeromqReceiver final : public Receiver {
 public:
  ZeromqReceiver(const Address& address, const OpenContext& context) : end_(address, context) {}
  ZeromqReceiver(const ZeromqReceiver&) = delete;
  ZeromqReceiver& operator=(const ZeromqReceiver&) = delete;
  ~ZeromqReceiver() override {
    if (descriptor_ >= 0) end_.tally()->receivers_gone.fetch_add(1);
  }

  Status open(const Address& address) {
    if (Status opened = end_.open(address, zmq::socket_type::pull, false); !opened) return opened;
    descriptor_ = end_.socket().get(zmq::sockopt::fd);
    return {};
  }

  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    if (!held_) {
      if (const Status got = next(deadline); !got) return tl::make_unexpected(got.error());
    }
    const std::size_t size = frame_.size() - sizeof(Trailer);
    if (size > buffer.size()) return fail(Errc::too_large, "receive: the buffer is too small");
    if (size > 0) std::memcpy(buffer.data(), frame_.data(), size);
    held_ = false;
    return size;
  }

  // Takes the next message in, because what has arrived may be no more than one sender's end. That
  // also makes libzmq's descriptor, which tells of changes only, fit for poll().
  bool ready() override {
    if (held_ || ended()) return true;
    const Status got = next(Deadline::immediate());
    return got || (got.error().code != Errc::would_block && got.error().code != Errc::peer_died);
  }
  int descriptor() const override { return descriptor_; }

 private:
  bool ended() const {
    if (end_.spec().receivers == 1) return ends_ == end_.spec().senders;
    return end_.tally()->received_of(0).load() >= end_.tally()->sent.load();
  }

  // Until a message is in frame_.
  Status next(Deadline deadline) {
    const auto given_up = [&]() -> std::optional<Error> {
      if (!ended()) return std::nullopt;
      return Error{Errc::closed, 0, "receive"};
    };
    while (!ended()) {
      const Status got = end_.retry(
          [&](int flags) { return zmq_msg_recv(frame_.handle(), end_.socket().handle(), flags); },
          ZMQ_POLLIN, "zmq_msg_recv", deadline, given_up);
      if (!got) return got;
      Trailer trailer;
      if (frame_.size() < sizeof trailer) return fail(Errc::corrupt, "zeromq: no trailer");
      std::memcpy(&trailer, frame_.data<std::byte>() + frame_.size() - sizeof trailer,
                  sizeof trailer);
      if (trailer.sender >= end_.spec().senders) return fail(Errc::corrupt, "zeromq: sender");
      if (trailer.kind == Kind::data) {
        end_.tally()->received_of(trailer.sender).fetch_add(1);
        held_ = true;
        return {};
      }
      ++ends_;
    }
    return fail(Errc::closed, "receive");
  }

  Endpoint end_;
  zmq::message_t frame_;
  bool held_ = false;  // frame_ has a message that was not handed out yet
  std::uint32_t ends_ = 0;
  int descriptor_ = -1;
};

Granted granted_by(const ChannelSpec& spec) {
  Granted granted;
  const auto mark = static_cast<std::int64_t>(mark_of(spec));
  granted.values["depth"] = mark;
  granted.values["high_water_mark_send"] = mark;
  granted.values["high_water_mark_receive"] = mark;
  granted.values["largest_message"] = static_cast<std::int64_t>(spec.largest_message);
  int major = 0;
  int minor = 0;
  int patch = 0;
  zmq_version(&major, &minor, &patch);
  granted.note = fmt::format(
      "libzmq {}.{}.{}; queues at both ends; one I/O thread an end, on its worker's CPUs", major,
      minor, patch);
  return granted;
}

Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id, Names& names) {
  Address address = make_address("zeromq", spec, id);
  Result<Fd> tally = SharedTally::create(spec);
  if (!tally) return tl::make_unexpected(tally.error());
  address.descriptors.push_back(std::move(*tally));
  Result<std::string> path = names.claim(ObjectKind::file);
  if (!path) return tl::make_unexpected(path.error());
  if (path->size() >= sizeof(sockaddr_un::sun_path)) {
    names.released(*path);
    return fail(Errc::limit,
                "zeromq: the socket's path exceeds 107 bytes; set IPCMARK_RUNTIME_DIR to a shorter "
                "directory");
  }
  address.name = std::move(*path);
  // The socket at that path is its worker's, and gone already unless the worker was killed.
  return std::make_unique<PathChannel>(std::move(address), granted_by(spec), names);
}

Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext& context) {
  if (context.index >= address.spec.senders) return fail(Errc::invalid, "zeromq: sender index");
  if (address.spec.topic_at != 0) return zeromq::open_topic_sender(address, context);
  return zeromq::open_end<Sender, ZeromqSender>(address, context);
}

Result<std::unique_ptr<Receiver>> open_receiver(Address address, const OpenContext& context) {
  if (address.spec.topic_at != 0) return zeromq::open_topic_receiver(address, context);
  return zeromq::open_end<Receiver, ZeromqReceiver>(address, context);
}

}  // namespace

BackendEntry zeromq_entry() {
  BackendEntry entry{"zeromq", "ZeroMQ PUSH and PULL over ipc:// (libzmq)"};
  entry.group = MechanismGroup::library;
  entry.note =
      "A library with queues, reconnection and one-to-many patterns, whose address decides whether "
      "it stays on the machine (ipc://, measured here) or leaves it (tcp://); its threads cost CPU "
      "time and latency.";
  entry.snippet = "zeromq";
  entry.limits = "net.";
  entry.capabilities = capabilities;
  entry.probe = probe;
  entry.create = create;
  entry.open_sender = open_sender;
  entry.open_receiver = open_receiver;
  return entry;
}

}  // namespace ipcmark
