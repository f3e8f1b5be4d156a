// A sender that never blocks: what the channel has no room for waits here, in order. For whoever
// must go on receiving while it sends (servers, brokers), so that no cycle of full channels arises.
#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <vector>

#include "backends/transport.hpp"

namespace ipcmark {

class Backlog {
 public:
  // Borrowed; must outlive the backlog.
  explicit Backlog(Sender& sender) : sender_(&sender) {}

  // Sends now or keeps a copy. Errors are the sender's; would_block is none.
  Status post(std::span<const std::byte> message) {
    waiting_.emplace_back(message.begin(), message.end());
    return pump();
  }
  // Sends what there is room for.
  Status pump() {
    while (!waiting_.empty()) {
      const Status sent = sender_->send(waiting_.front(), Deadline::immediate());
      if (!sent && sent.error().code == Errc::would_block) return {};
      if (!sent) return sent;
      waiting_.pop_front();
    }
    return {};
  }
  // Waits until there is room for the first of them; a deadline that passes is no error.
  Status push(Deadline deadline) {
    if (waiting_.empty()) return {};
    const Status sent = sender_->send(waiting_.front(), deadline);
    if (!sent) return sent.error().code == Errc::timeout ? Status{} : sent;
    waiting_.pop_front();
    return pump();
  }
  bool empty() const { return waiting_.empty(); }
  std::size_t size() const { return waiting_.size(); }
  // Nobody is there any more who would take it.
  void drop() { waiting_.clear(); }
  Sender& sender() { return *sender_; }

 private:
  Sender* sender_;
  std::deque<std::vector<std::byte>> waiting_;
};

// How long whoever has a backlog waits for something to receive before it tries to send again.
inline constexpr std::uint64_t backlog_retry_ns = 200'000;

}  // namespace ipcmark
