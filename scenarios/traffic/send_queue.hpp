// A sender that never blocks: what the channel has no room for waits here, in order, and a message
// of which only a part fitted is completed. For whoever must go on receiving while it sends
// (servers, brokers), so that no cycle of full channels arises.
#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <vector>

#include "backends/transport.hpp"

namespace ipcmark {

class SendQueue {
 public:
  // Borrowed; must outlive the send queue.
  explicit SendQueue(Sender& sender) : sender_(&sender) {}

  // Sends now or keeps a copy. Errors are the sender's; would_block is none.
  Status post(std::span<const std::byte> message) {
    waiting_.emplace_back(message.begin(), message.end());
    return pump();
  }
  // Sends what there is room for.
  Status pump() {
    while (!empty()) {
      if (const Status moved = move_one(Deadline::immediate()); !moved) return or_later(moved);
    }
    return {};
  }
  // Waits until there is room for the first of them; a deadline that passes is no error.
  Status push(Deadline deadline) {
    if (empty()) return {};
    if (const Status moved = move_one(deadline); !moved) return or_later(moved);
    return pump();
  }
  // Nothing waits any more, the rest of a message included.
  bool empty() const { return waiting_.empty() && !unflushed_; }
  std::size_t size() const { return waiting_.size(); }
  // Nobody is there any more who would take it.
  void drop() {
    waiting_.clear();
    unflushed_ = false;
  }
  Sender& sender() { return *sender_; }

 private:
  static Status or_later(const Status& moved) {
    return is_wait_over(moved.error()) ? Status{} : moved;
  }
  // The next message, or the rest of the one before.
  Status move_one(Deadline deadline) {
    if (waiting_.empty()) {
      const Status flushed = sender_->flush(deadline);
      unflushed_ = !flushed;
      return flushed;
    }
    const Status sent = sender_->send(waiting_.front(), deadline);
    if (!sent) return sent;
    waiting_.pop_front();
    unflushed_ = true;  // a deadline may have cut it
    return {};
  }

  Sender* sender_;
  std::deque<std::vector<std::byte>> waiting_;
  bool unflushed_ = false;  // the last message may not have gone whole
};

// How long whoever has a send queue waits for something to receive before it tries to send again.
inline constexpr std::uint64_t send_queue_retry_ns = 200'000;
// For the notes of a scenario that does so: no sleep of the harness's own goes unsaid.
inline constexpr const char* send_queue_note =
    "who finds a channel full tries again when something comes, or after 200 us: where channels "
    "fill, the times hold such pauses, which are the scenario's own and not the mechanism's";

}  // namespace ipcmark
