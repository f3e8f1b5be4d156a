#include "backends/kernel/piece_queue.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "backends/kernel/copy_small.hpp"

namespace ipcmark {

namespace {

bool may_come_later(Errc code) { return code == Errc::would_block || code == Errc::timeout; }

class PieceSender final : public Sender {
 public:
  PieceSender(std::unique_ptr<PieceQueue> queue, ClosedCount closed, const ChannelSpec& spec,
              std::size_t piece_bytes, std::uint32_t index)
      : queue_(std::move(queue)),
        closed_(std::move(closed)),
        spec_(spec),
        payload_(spec.largest_message > piece_bytes ? piece_bytes - sizeof(PieceHeader) : 0),
        index_(index) {}

  Status send(std::span<const std::byte> message, Deadline deadline) override {
    if (message.size() > spec_.largest_message) return fail(Errc::too_large, "send");
    if (counted_) return fail(Errc::invalid, "send after close");
    if (payload_ == 0) return queue_->put({}, message, false, deadline);
    if (Status kept = finish(deadline); !kept) return kept;
    const Status sent = send_pieces(message, 0, deadline);
    if (!sent && may_come_later(sent.error().code) && sent_ > 0) {
      // Part of it is in the queue already: the rest is ours to keep, and the message counts as
      // sent. It goes on before anything else.
      rest_.assign(message.begin() + static_cast<std::ptrdiff_t>(sent_), message.end());
      rest_length_ = message.size();
      return {};
    }
    return sent;
  }

  Status flush(Deadline deadline) override { return finish(deadline); }

  Status close(Deadline deadline) override {
    if (Status kept = finish(deadline); !kept) return kept;
    if (!counted_) {
      counted_ = true;
      if (closed_.add_one() == spec_.senders) ends_left_ = spec_.receivers;
    }
    for (; ends_left_ > 0; --ends_left_) {
      if (Status ended = queue_->put({}, {}, true, deadline); !ended) return ended;
    }
    return {};
  }

 private:
  // Sends the pieces of `bytes`, the last bytes of a message of which `before` bytes have gone;
  // sent_ says how many of `bytes` went.
  Status send_pieces(std::span<const std::byte> bytes, std::uint64_t before, Deadline deadline) {
    PieceHeader header{index_, 0, before + bytes.size()};
    sent_ = 0;
    do {
      const auto body = bytes.subspan(sent_, std::min(payload_, bytes.size() - sent_));
      header.last = sent_ + body.size() == bytes.size() ? 1 : 0;
      Status put = queue_->put(std::as_bytes(std::span(&header, 1)), body, false, deadline);
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

  std::unique_ptr<PieceQueue> queue_;
  ClosedCount closed_;
  ChannelSpec spec_;
  std::size_t payload_;  // bytes of message in a piece; 0: one piece is one message, no header
  std::uint32_t index_;
  bool counted_ = false;
  std::uint32_t ends_left_ = 0;
  std::size_t sent_ = 0;
  std::vector<std::byte> rest_;  // of a message that could not be sent whole in time
  std::size_t rest_sent_ = 0;
  std::uint64_t rest_length_ = 0;  // of that whole message
};

class PieceReceiver final : public Receiver {
 public:
  PieceReceiver(std::unique_ptr<PieceQueue> queue, const ChannelSpec& spec, std::size_t piece_bytes)
      : queue_(std::move(queue)),
        fragmented_(spec.largest_message > piece_bytes),
        pieces_(fragmented_ ? spec.senders : 1, spec.largest_message) {}

  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    if (fragmented_) return receive_pieces(buffer, deadline);
    if (kept_) return deliver_kept(buffer);
    if (ended_) return fail(Errc::closed, "receive");
    const Result<PieceQueue::Piece> piece = queue_->get(buffer, deadline);
    if (!piece) return tl::make_unexpected(piece.error());
    if (piece->end) return end();
    if (piece->bytes.data() == buffer.data()) return piece->bytes.size();
    kept_ = piece->bytes;
    return deliver_kept(buffer);
  }

  bool ready() override {
    if (kept_ || ended_ || pieces_.complete() || failed_) return true;
    if (!fragmented_) return queue_->pending();
    // A piece is not a message yet: reads ahead until there is one.
    const Status pumped = pump(Deadline::immediate());
    if (!pumped && !may_come_later(pumped.error().code)) failed_ = pumped.error();
    return pumped || failed_;
  }

  int descriptor() const override { return queue_->descriptor(); }

 private:
  tl::unexpected<Error> end() {
    ended_ = true;
    return fail(Errc::closed, "receive");
  }

  Result<std::size_t> deliver_kept(std::span<std::byte> buffer) {
    if (kept_->size() > buffer.size()) {
      return fail(Errc::too_large, "receive: the buffer is too small");
    }
    const std::size_t size = kept_->size();
    copy_small(buffer.data(), kept_->data(), size);
    kept_.reset();
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
      const Result<PieceQueue::Piece> piece = queue_->get({}, deadline);
      if (!piece) return tl::make_unexpected(piece.error());
      if (piece->end) return end();
      const Result<bool> complete = pieces_.accept(piece->bytes);
      if (!complete) return tl::make_unexpected(complete.error());
      if (*complete) return {};
    }
  }

  std::unique_ptr<PieceQueue> queue_;
  bool fragmented_;
  Reassembler pieces_;
  std::optional<std::span<std::byte>> kept_;  // in the queue's memory: did not fit a buffer
  std::optional<Error> failed_;               // met while reading ahead in ready()
  bool ended_ = false;
};

}  // namespace

Result<Fd> ClosedCount::create() {
  Fd memory(::memfd_create("ipcmark.closed", MFD_CLOEXEC));
  if (!memory) return fail(Errc::system, "memfd_create", errno);
  if (::ftruncate(memory.get(), sizeof(std::atomic<std::uint32_t>)) != 0) {
    return fail(Errc::system, "ftruncate of a memfd", errno);
  }
  return memory;
}

Result<ClosedCount> ClosedCount::open(const Fd& memory) {
  static_assert(std::atomic<std::uint32_t>::is_always_lock_free);
  void* page = ::mmap(nullptr, sizeof(std::atomic<std::uint32_t>), PROT_READ | PROT_WRITE,
                      MAP_SHARED, memory.get(), 0);
  if (page == MAP_FAILED) return fail(Errc::system, "mmap of the closed count", errno);
  return ClosedCount(static_cast<std::atomic<std::uint32_t>*>(page));
}

ClosedCount::~ClosedCount() {
  if (word_ != nullptr) ::munmap(word_, sizeof *word_);
}

Capabilities piece_capabilities(const ChannelSpec& spec, std::uint64_t piece_bytes) {
  Capabilities can;
  can.fragments = spec.largest_message > piece_bytes;
  can.many_senders = true;
  can.many_receivers = !can.fragments;  // pieces of one message would go to several
  can.native_boundaries = true;
  can.largest_message = largest_fragmented_message;
  if (spec.largest_message > can.largest_message) {
    can.refusal = fmt::format("carries at most {} B", can.largest_message);
  } else if (spec.wait != Wait::block) {
    can.refusal = "waits by block only";
  } else if (spec.receivers > 1 && can.fragments) {
    can.refusal =
        fmt::format("needs many_receivers, which ends where it fragments, at {} B", piece_bytes);
  }
  return can;
}

std::unique_ptr<Sender> make_piece_sender(std::unique_ptr<PieceQueue> queue, ClosedCount closed,
                                          const ChannelSpec& spec, std::size_t piece_bytes,
                                          std::uint32_t index) {
  return std::make_unique<PieceSender>(std::move(queue), std::move(closed), spec, piece_bytes,
                                       index);
}

std::unique_ptr<Receiver> make_piece_receiver(std::unique_ptr<PieceQueue> queue,
                                              const ChannelSpec& spec, std::size_t piece_bytes) {
  return std::make_unique<PieceReceiver>(std::move(queue), spec, piece_bytes);
}

}  // namespace ipcmark
