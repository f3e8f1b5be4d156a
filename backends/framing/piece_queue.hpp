// Sender and receiver over a queue of small pieces: what POSIX, SysV and Boost queues have in
// common. A backend brings a Queue; fragmenting, the end of the channel, and messages that
// do not fit the caller's buffer are done here, once.
//
// End of the channel: none of these mechanisms has an end of file. Every sender that closes counts
// itself in a shared word; the last one puts one end piece per receiver. Pieces of all senders are
// before it, because each counts itself after its last piece.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "backends/fd.hpp"
#include "backends/framing/copy_small.hpp"
#include "backends/framing/fragments.hpp"
#include "backends/transport.hpp"

namespace ipcmark {

// One piece as it came; `end` marks the end piece (it has no body).
struct Piece {
  std::span<std::byte> bytes;
  bool end = false;
};

// A Queue is one endpoint's hold on the mechanism. Waits look at context.peer_died at least every
// 100 ms, because none of these mechanisms ends a wait by itself. It has:
//   // Puts head and body as one piece, or nothing.
//   Status put(std::span<const std::byte> head, std::span<const std::byte> body, bool end,
//              Deadline deadline);
//   // Takes one piece: into `direct` when it is large enough for any piece, else into the queue's
//   // own memory, valid until the next get().
//   Result<Piece> get(std::span<std::byte> direct, Deadline deadline);
//   bool pending();          // get(immediate) would give a piece
//   int descriptor() const;  // as Receiver's
//
// The endpoints are templates and hold their Queue, last and in one page with it, because right
// after a system call each indirection costs several times what it costs in a warm loop.

// Memory for one piece: a small one's lies beside the fields of its Queue.
class PieceMemory {
 public:
  explicit PieceMemory(std::size_t size)
      : large_(size > small_bytes ? size : 0),
        bytes_(large_.empty() ? std::span(small_).first(size) : std::span(large_)) {}
  PieceMemory(const PieceMemory&) = delete;
  PieceMemory& operator=(const PieceMemory&) = delete;
  std::byte* data() { return bytes_.data(); }
  std::size_t size() const { return bytes_.size(); }
  std::span<std::byte> span() { return bytes_; }

 private:
  static constexpr std::size_t small_bytes = 1024;
  std::vector<std::byte> large_;
  std::span<std::byte> bytes_;
  alignas(64) std::array<std::byte, small_bytes> small_{};
};

// What the endpoints of one channel count together, in a page of shared memory without a name.
class ClosedCount {
 public:
  static Result<Fd> create();
  static Result<ClosedCount> open(const Fd& memory);
  ClosedCount(ClosedCount&& other) noexcept : page_(std::exchange(other.page_, nullptr)) {}
  ClosedCount& operator=(ClosedCount&&) = delete;
  ClosedCount(const ClosedCount&) = delete;
  ClosedCount& operator=(const ClosedCount&) = delete;
  ~ClosedCount();
  // One more sender has closed; how many have now.
  std::uint32_t add_one() { return page_->closed.fetch_add(1) + 1; }

  // For a mechanism whose end piece looks like an empty message. A sender counts each empty message
  // before it puts it, and takes that back if it could not; a receiver asks of each empty piece
  // that it took. The ends come last: pieces beyond the empty messages are ends. (Of two receivers
  // that took an empty message and an end at once, either may be told which; nobody can tell them
  // apart.)
  void will_put_empty() { page_->empty_put.fetch_add(1); }
  void did_not_put_empty() { page_->empty_put.fetch_sub(1); }
  bool empty_was_end() { return page_->empty_taken.fetch_add(1) >= page_->empty_put.load(); }

 private:
  struct Page {
    std::atomic<std::uint32_t> closed;
    std::atomic<std::uint64_t> empty_put;
    std::atomic<std::uint64_t> empty_taken;
  };
  explicit ClosedCount(Page* page) : page_(page) {}
  Page* page_;
};

// What all such channels can do and refuse. The mechanism adds its depth, whether it is pollable
// and whether it outlives a killed peer.
Capabilities piece_capabilities(const ChannelSpec& spec, std::uint64_t piece_bytes);

inline bool peer_has_died(const std::atomic<std::uint32_t>* word) {
  return word->load(std::memory_order_acquire) != 0;
}

// `piece_bytes`: the most one piece can be. The channel fragments when spec.largest_message is
// larger; both ends must be opened with the same figure. What follows it makes the Queue.
template <class Queue>
class alignas(4096) PieceSender final : public Sender {
 public:
  template <class... Made>
  PieceSender(ClosedCount closed, const ChannelSpec& spec, std::uint32_t index,
              std::size_t piece_bytes, Made&&... made)
      : closed_(std::move(closed)),
        spec_(spec),
        payload_(spec.largest_message > piece_bytes ? piece_bytes - sizeof(PieceHeader) : 0),
        direct_below_(payload_ == 0 ? spec.largest_message + 1 : 0),
        index_(index),
        queue_(std::forward<Made>(made)...) {}

  Status send(std::span<const std::byte> message, Deadline deadline) override {
    if (message.size() < direct_below_) [[likely]]
      return queue_.put({}, message, false, deadline);
    return send_special(message, deadline);
  }

  Status flush(Deadline deadline) override { return finish(deadline); }

  Status close(Deadline deadline) override {
    if (Status kept = finish(deadline); !kept) return kept;
    if (!counted_) {
      counted_ = true;
      direct_below_ = 0;
      if (closed_.add_one() == spec_.senders) ends_left_ = spec_.receivers;
    }
    for (; ends_left_ > 0; --ends_left_) {
      if (Status ended = queue_.put({}, {}, true, deadline); !ended) return ended;
    }
    return {};
  }

 private:
  // What does not go as one piece, or not at all.
  [[gnu::noinline]] Status send_special(std::span<const std::byte> message, Deadline deadline) {
    if (message.size() > spec_.largest_message) return fail(Errc::too_large, "send");
    if (counted_) return fail(Errc::invalid, "send after close");
    if (Status kept = finish(deadline); !kept) return kept;
    const Status sent = send_pieces(message, 0, deadline);
    if (!sent && is_wait_over(sent.error()) && sent_ > 0) {
      // Part of it is in the queue already: the rest is ours to keep, and the message counts as
      // sent. It goes on before anything else.
      rest_.assign(message.begin() + static_cast<std::ptrdiff_t>(sent_), message.end());
      rest_length_ = message.size();
      return {};
    }
    return sent;
  }

  // Sends the pieces of `bytes`, the last bytes of a message of which `before` bytes have gone;
  // sent_ says how many of `bytes` went.
  Status send_pieces(std::span<const std::byte> bytes, std::uint64_t before, Deadline deadline) {
    PieceHeader header{index_, 0, before + bytes.size()};
    sent_ = 0;
    do {
      const auto body = bytes.subspan(sent_, std::min(payload_, bytes.size() - sent_));
      header.last = sent_ + body.size() == bytes.size() ? 1 : 0;
      Status put = queue_.put(std::as_bytes(std::span(&header, 1)), body, false, deadline);
      if (!put) return put;
      sent_ += body.size();
    } while (sent_ < bytes.size());
    return {};
  }

  Status finish(Deadline deadline) {
    if (rest_.empty()) return {};
    const auto left = std::span<const std::byte>(rest_).subspan(rest_sent_);
    Status sent = send_pieces(left, rest_length_ - left.size(), deadline);
    rest_sent_ += sent_;
    if (!sent) return sent;
    rest_ = {};
    rest_sent_ = 0;
    return {};
  }

  ClosedCount closed_;
  ChannelSpec spec_;
  std::size_t payload_;       // bytes of message in a piece; 0: one piece is one message, no header
  std::size_t direct_below_;  // smaller messages go as one piece: one look for each message
  std::uint32_t index_;
  bool counted_ = false;
  std::uint32_t ends_left_ = 0;
  std::size_t sent_ = 0;
  std::vector<std::byte> rest_;  // of a message that could not be sent whole in time
  std::size_t rest_sent_ = 0;
  std::uint64_t rest_length_ = 0;  // of that whole message
  Queue queue_;
};

template <class Queue>
class alignas(4096) PieceReceiver final : public Receiver {
 public:
  template <class... Made>
  PieceReceiver(const ChannelSpec& spec, std::size_t piece_bytes, Made&&... made)
      : fragmented_(spec.largest_message > piece_bytes),
        special_(fragmented_),
        pieces_(fragmented_ ? spec.senders : 1, spec.largest_message),
        queue_(std::forward<Made>(made)...) {}

  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    if (special_) [[unlikely]]
      return receive_special(buffer, deadline);
    const Result<Piece> piece = queue_.get(buffer, deadline);
    if (!piece) [[unlikely]]
      return tl::make_unexpected(piece.error());
    if (piece->end) [[unlikely]]
      return end();
    if (piece->bytes.data() == buffer.data()) return piece->bytes.size();
    if (piece->bytes.size() <= buffer.size()) [[likely]] {
      copy_small(buffer.data(), piece->bytes.data(), piece->bytes.size());
      return piece->bytes.size();
    }
    kept_ = piece->bytes;
    special_ = true;
    return deliver_kept(buffer);
  }

  bool ready() override {
    if (kept_ || ended_ || pieces_.complete() || failed_) return true;
    if (!fragmented_) return queue_.pending();
    // A piece is not a message yet: reads ahead until there is one.
    const Status pumped = pump(Deadline::immediate());
    if (!pumped && !is_wait_over(pumped.error())) failed_ = pumped.error();
    return pumped || failed_;
  }

  int descriptor() const override { return queue_.descriptor(); }

 private:
  [[gnu::noinline]] Result<std::size_t> receive_special(std::span<std::byte> buffer,
                                                        Deadline deadline) {
    if (fragmented_) return receive_pieces(buffer, deadline);
    if (kept_) return deliver_kept(buffer);
    return fail(Errc::closed, "receive");
  }

  tl::unexpected<Error> end() {
    ended_ = true;
    special_ = true;
    return fail(Errc::closed, "receive");
  }

  Result<std::size_t> deliver_kept(std::span<std::byte> buffer) {
    if (kept_->size() > buffer.size()) {
      return fail(Errc::too_large, "receive: the buffer is too small");
    }
    const std::size_t size = kept_->size();
    copy_small(buffer.data(), kept_->data(), size);
    kept_.reset();
    special_ = false;
    return size;
  }

  Result<std::size_t> receive_pieces(std::span<std::byte> buffer, Deadline deadline) {
    if (failed_) return tl::make_unexpected(*std::exchange(failed_, std::nullopt));
    if (!pieces_.complete()) {
      pieces_.offer(buffer);
      if (const Status pumped = pump(deadline); !pumped) {
        pieces_.withdraw();
        return tl::make_unexpected(pumped.error());
      }
    }
    const Result<std::size_t> size = pieces_.deliver(buffer);
    pieces_.withdraw();
    return size;
  }

  // Until a message is complete.
  Status pump(Deadline deadline) {
    if (ended_) return fail(Errc::closed, "receive");
    for (;;) {
      const Result<Piece> piece = queue_.get({}, deadline);
      if (!piece) return tl::make_unexpected(piece.error());
      if (piece->end) return end();
      const Result<bool> complete = pieces_.accept(piece->bytes);
      if (!complete) return tl::make_unexpected(complete.error());
      if (*complete) return {};
    }
  }

  bool fragmented_;
  bool special_;  // fragmented_, kept_ or ended_: one look for each message instead of three
  Reassembler pieces_;
  std::optional<std::span<std::byte>> kept_;  // in the queue's memory: did not fit a buffer
  std::optional<Error> failed_;               // met while reading ahead in ready()
  bool ended_ = false;
  Queue queue_;
};

}  // namespace ipcmark
