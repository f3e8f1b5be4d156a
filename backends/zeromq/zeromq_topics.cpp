// Channels with topics over ZeroMQ: XPUB sends, XSUB receives, and the sender's socket knows who
// has subscribed to what. Two of them with a proxy between them are ZeroMQ's broker.
//
// A frame is the topic, the message and the trailer; ZeroMQ compares the front of it with what was
// subscribed to. Publishing starts when every receiver is known, or what is sent first would be
// lost without a word (the "slow joiner"): each receiver subscribes to the topic of ends last of
// all, and the sender waits until it has been told of as many of those as there are receivers. A
// receiver that is behind makes the sender wait (XPUB_NODROP); nothing is dropped.
//
// The sender's destructor keeps the connection until every receiver has taken its end, the last
// message there is; then none before it can be lost with the connection.
#include "backends/zeromq/zeromq_topics.hpp"

#include <time.h>

#include <algorithm>
#include <cstring>

#include "backends/zeromq/zeromq_endpoint.hpp"

namespace ipcmark::zeromq {

namespace {

constexpr std::uint8_t topic_of_ends = 255;
constexpr std::size_t topic_bytes = 1;
constexpr std::byte subscribing{1};  // the first byte of what XSUB sends to XPUB

std::optional<Error> never_given_up() { return std::nullopt; }

class TopicSender final : public Sender {
 public:
  TopicSender(const Address& address, const OpenContext& context)
      : end_(address, context), index_(context.index) {}
  TopicSender(const TopicSender&) = delete;
  TopicSender& operator=(const TopicSender&) = delete;
  ~TopicSender() override {
    if (!closed_) return;
    const Deadline last = Deadline::after(linger_ns);
    timespec pause{0, 50'000};
    while (!ends_taken() && !nobody_left() && !last.passed()) {
      nanosleep(&pause, nullptr);
      pause.tv_nsec = std::min(2 * pause.tv_nsec, 1'000'000L);
    }
  }
  Status open(const Address& address) { return end_.open(address, zmq::socket_type::xpub, true); }

  Status send(std::span<const std::byte> message, Deadline deadline) override {
    const ChannelSpec& spec = end_.spec();
    if (message.size() > spec.largest_message) return fail(Errc::too_large, "send");
    if (message.size() <= spec.topic_at) return fail(Errc::invalid, "send: no topic");
    if (closed_) return fail(Errc::invalid, "send after close");
    const auto topic = std::to_integer<std::uint8_t>(message[spec.topic_at]);
    if (topic == topic_of_ends) return fail(Errc::invalid, "send: topic 255");
    return put(topic, message, Kind::data, deadline);
  }

  Status close(Deadline deadline) override {
    if (closed_) return {};
    if (const Status ended = put(topic_of_ends, {}, Kind::end, deadline); !ended) return ended;
    closed_ = true;
    return {};
  }

 private:
  bool ends_taken() const {
    return end_.tally()->received_of(index_).load() >= end_.spec().receivers;
  }
  bool nobody_left() const {
    return end_.died() || end_.tally()->receivers_gone.load() >= end_.spec().receivers;
  }

  Status await_subscribers(Deadline deadline) {
    while (ready_receivers_ < end_.spec().receivers) {
      zmq::message_t reported;
      const auto call = [&](int flags) {
        return zmq_msg_recv(reported.handle(), end_.socket().handle(), flags);
      };
      const Status got = end_.retry(call, ZMQ_POLLIN, "zmq_msg_recv", deadline, never_given_up);
      if (!got) return got;
      const auto* bytes = reported.data<std::byte>();
      const bool all_known = reported.size() == 1 + topic_bytes && bytes[0] == subscribing &&
                             bytes[1] == std::byte{topic_of_ends};
      ready_receivers_ += all_known ? 1U : 0U;
    }
    return {};
  }

  Status put(std::uint8_t topic, std::span<const std::byte> message, Kind kind, Deadline deadline) {
    if (const Status known = await_subscribers(deadline); !known) return known;
    const Trailer trailer{index_, kind};
    zmq::message_t frame;
    const Status made = make_room(frame, topic_bytes + message.size() + sizeof trailer);
    if (!made) return made;
    auto* bytes = frame.data<std::byte>();
    bytes[0] = std::byte{topic};
    std::copy(message.begin(), message.end(), bytes + topic_bytes);
    std::memcpy(bytes + topic_bytes + message.size(), &trailer, sizeof trailer);
    const auto call = [&](int flags) {
      return zmq_msg_send(frame.handle(), end_.socket().handle(), flags);
    };
    return end_.retry(call, ZMQ_POLLOUT, "zmq_msg_send", deadline, never_given_up);
  }

  Endpoint end_;
  std::uint32_t index_;
  std::uint32_t ready_receivers_ = 0;  // those that have subscribed to all they want
  bool closed_ = false;
};

class TopicReceiver final : public Receiver {
 public:
  TopicReceiver(const Address& address, const OpenContext& context) : end_(address, context) {}
  TopicReceiver(const TopicReceiver&) = delete;
  TopicReceiver& operator=(const TopicReceiver&) = delete;
  ~TopicReceiver() override {
    if (descriptor_ >= 0) end_.tally()->receivers_gone.fetch_add(1);
  }

  Status open(const Address& address) {
    const Status opened = end_.open(address, zmq::socket_type::xsub, false);
    if (opened) descriptor_ = end_.socket().get(zmq::sockopt::fd);
    return opened;
  }

  Status subscribe(std::uint8_t topic) override {
    if (complete_ || topic == topic_of_ends) return fail(Errc::invalid, "subscribe");
    return ask_for(topic);
  }

  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    if (!held_) {
      if (const Status got = next(deadline); !got) return tl::make_unexpected(got.error());
    }
    const std::size_t size = frame_.size() - topic_bytes - sizeof(Trailer);
    if (size > buffer.size()) return fail(Errc::too_large, "receive: the buffer is too small");
    std::copy_n(frame_.data<std::byte>() + topic_bytes, size, buffer.begin());
    held_ = false;
    return size;
  }

  // Takes the next message in, as ZeromqReceiver does and why.
  bool ready() override {
    if (held_) return true;
    const Status got = next(Deadline::immediate());
    return got || (got.error().code != Errc::would_block && got.error().code != Errc::peer_died);
  }
  int descriptor() const override { return descriptor_; }

 private:
  Status ask_for(std::uint8_t topic) {
    const std::byte wish[] = {subscribing, std::byte{topic}};
    const auto call = [&](int flags) {
      return zmq_send(end_.socket().handle(), wish, sizeof wish, flags);
    };
    return end_.retry(call, ZMQ_POLLOUT, "zmq_send", Deadline::never(), never_given_up);
  }

  // Until a message is in frame_.
  Status next(Deadline deadline) {
    if (!complete_) {
      if (const Status asked = ask_for(topic_of_ends); !asked) return asked;
      complete_ = true;
    }
    while (ends_ < end_.spec().senders) {
      const Status got = end_.retry(
          [&](int flags) { return zmq_msg_recv(frame_.handle(), end_.socket().handle(), flags); },
          ZMQ_POLLIN, "zmq_msg_recv", deadline, never_given_up);
      if (!got) return got;
      Trailer trailer;
      if (frame_.size() < topic_bytes + sizeof trailer) {
        return fail(Errc::corrupt, "zeromq: no trailer");
      }
      std::memcpy(&trailer, frame_.data<std::byte>() + frame_.size() - sizeof trailer,
                  sizeof trailer);
      if (trailer.sender >= end_.spec().senders) return fail(Errc::corrupt, "zeromq: sender");
      if (trailer.kind == Kind::data) {
        held_ = true;
        return {};
      }
      ++ends_;
      end_.tally()->received_of(trailer.sender).fetch_add(1);
    }
    return fail(Errc::closed, "receive");
  }

  Endpoint end_;
  zmq::message_t frame_;
  bool held_ = false;      // frame_ has a message that was not handed out yet
  bool complete_ = false;  // all subscriptions have been made
  std::uint32_t ends_ = 0;
  int descriptor_ = -1;
};

}  // namespace

Result<std::unique_ptr<Sender>> open_topic_sender(const Address& address,
                                                  const OpenContext& context) {
  return open_end<Sender, TopicSender>(address, context);
}

Result<std::unique_ptr<Receiver>> open_topic_receiver(const Address& address,
                                                      const OpenContext& context) {
  return open_end<Receiver, TopicReceiver>(address, context);
}

}  // namespace ipcmark::zeromq
