// One end of a ZeroMQ channel: a context of its own, its one socket, and the memory through which
// the channel's ends tell each other what ZeroMQ does not. Shared by the kinds of channels that
// there are over it (zeromq.cpp, zeromq_topics.cpp).
#pragma once

#include <zmq.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "backends/transport.hpp"

namespace ipcmark::zeromq {

inline constexpr int peer_check_interval_ms = peer_check_interval_ns / 1'000'000;
inline constexpr std::uint64_t max_bytes_an_end = std::uint64_t{128} << 20U;  // both ends queue
// How long a sender's destructor waits for what is still under way.
inline constexpr std::uint64_t linger_ns = 10'000'000'000;

// Ends every message.
enum class Kind : std::uint32_t { data, end };

struct Trailer {
  std::uint32_t sender = 0;
  Kind kind = Kind::data;
};

// The high-water mark of each end: messages queued there, whatever their size.
std::uint64_t mark_of(const ChannelSpec& spec);
// What the last failing call of libzmq has left in errno.
Error last_error(const char* operation);

// What the ends of a channel tell each other beside ZeroMQ, in memory without a name.
struct Tally {
  std::atomic<std::uint64_t> sent{~std::uint64_t{0}};  // by a lone sender, once it has closed
  std::atomic<std::uint32_t> receivers_gone{0};
  std::atomic<std::uint64_t> received[1]{};  // by sender; the memory has room for all of them

  static std::size_t bytes(const ChannelSpec& spec) {
    return sizeof(Tally) + spec.senders * sizeof(std::atomic<std::uint64_t>);
  }
  std::atomic<std::uint64_t>& received_of(std::uint32_t sender) { return received[sender]; }
};

class SharedTally {
 public:
  static Result<Fd> create(const ChannelSpec& spec);
  SharedTally() = default;
  SharedTally(const SharedTally&) = delete;
  SharedTally& operator=(const SharedTally&) = delete;
  ~SharedTally();
  Status map(const Fd& memory, const ChannelSpec& spec);
  Tally* get() const { return tally_; }

 private:
  Tally* tally_ = nullptr;
  std::size_t bytes_ = 0;
};

// A context and its one socket. Members are destroyed in the right order: socket, then context.
class Endpoint {
 public:
  Endpoint(const Address& address, const OpenContext& context)
      : spec_(address.spec), peer_died_(context.peer_died) {}

  // `sends`: whether this is the sender's end; the end of which there is one binds.
  Status open(const Address& address, zmq::socket_type type, bool sends);

  // Runs `call(flags)`, a send or receive, until it is done or the deadline has passed. never()
  // waits inside libzmq, in slices of SNDTIMEO and RCVTIMEO, without a clock read of ours.
  // `given_up` may end a wait early, with the error it returns.
  template <class Call, class GivenUp>
  Status retry(const Call& call, short event, const char* operation, Deadline deadline,
               const GivenUp& given_up) {
    const int flags = deadline.is_never() ? 0 : ZMQ_DONTWAIT;
    for (;;) {
      if (call(flags) >= 0) [[likely]]
        return {};
      if (zmq_errno() == EINTR) continue;
      if (zmq_errno() != EAGAIN) return tl::make_unexpected(last_error(operation));
      if (const std::optional<Error> end = given_up()) return tl::make_unexpected(*end);
      if (peer_died_->load(std::memory_order_acquire) != 0) {
        return fail(Errc::peer_died, operation);
      }
      if (deadline.is_never()) continue;
      if (deadline.is_immediate()) return fail(Errc::would_block, operation);
      const std::uint64_t left = deadline.remaining_ns();
      if (left == 0) return fail(Errc::timeout, operation);
      zmq_pollitem_t item{socket_.handle(), 0, event, 0};
      const std::uint64_t max =
          spec_.receivers > 1 ? 10 : peer_check_interval_ms;  // see ZeromqReceiver
      zmq_poll(&item, 1, static_cast<long>(std::min<std::uint64_t>(left / 1'000'000U + 1, max)));
    }
  }

  // How long destruction may wait for what is queued.
  void linger(int ms);

  bool died() const { return peer_died_->load(std::memory_order_acquire) != 0; }
  const ChannelSpec& spec() const { return spec_; }
  zmq::socket_t& socket() { return socket_; }
  const zmq::socket_t& socket() const { return socket_; }
  Tally* tally() const { return tally_.get(); }

 private:
  ChannelSpec spec_;
  const std::atomic<std::uint32_t>* peer_died_;
  SharedTally tally_;
  zmq::context_t context_;
  zmq::socket_t socket_;
};

// Makes room for that many bytes in an empty frame. libzmq throws where there is no memory for it.
inline Status make_room(zmq::message_t& frame, std::size_t bytes) {
  try {
    frame.rebuild(bytes);
    return {};
  } catch (const zmq::error_t& thrown) {
    zmq_msg_init(frame.handle());  // libzmq leaves it half made: closing it would be a crash
    return fail(Errc::system, "zmq_msg_init_size", thrown.num());
  }
}

// An end (constructed from address and context, with `open(address)`), opened. libzmq throws where
// there is no descriptor for its context.
template <class Base, class End>
Result<std::unique_ptr<Base>> open_end(const Address& address, const OpenContext& context) {
  try {
    auto end = std::make_unique<End>(address, context);
    if (const Status opened = end->open(address); !opened) {
      return tl::make_unexpected(opened.error());
    }
    return end;
  } catch (const zmq::error_t& thrown) {
    return fail(Errc::system, "zeromq", thrown.num());
  }
}

}  // namespace ipcmark::zeromq
