// Losses of a mechanism that may lose messages (Capabilities::lossy): figures, where they would be
// failures of any other. What it does deliver must be in order, once and whole, as of any.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "scenarios/scenario.hpp"
#include "scenarios/traffic/sequence_tracker.hpp"

namespace ipcmark {

// Of the messages of one sender to one receiver.
struct Losses {
  std::uint64_t sent = 0;
  std::uint64_t lost = 0;
  std::uint64_t longest_run = 0;  // most in a row

  // `count` messages in a row are lost.
  void lose(std::uint64_t count) {
    lost += count;
    longest_run = std::max(longest_run, count);
  }
};

// A receiver's account, by the numbers that its messages carry: each is sent with Verify::header at
// least (verify_on()). In memory that does not grow, however many are lost; so a message that comes
// after a later one is "reordered", whether or not it came before. Like a DeliveryTracker it
// reaches its worker's report however the worker ends. One thread.
class LossTracker {
 public:
  // `report` is borrowed: it outlives the account, which adds to it once. `verify` is not off.
  LossTracker(WorkerReport& report, std::uint64_t seed, Verify verify)
      : report_(report), seed_(seed), verify_(verify) {}
  LossTracker(const LossTracker&) = delete;
  LossTracker& operator=(const LossTracker&) = delete;
  ~LossTracker() {
    if (!settled_) add(report_.integrity, integrity_);
  }

  // Enters one message, of which `expected_size` bytes were sent; judged() makes an error of what
  // it returns.
  Finding arrived(std::span<const std::byte> message, std::size_t expected_size);
  // Enters one whose damage the scenario has found by itself.
  void damaged();
  std::uint64_t count() const { return integrity_.checked; }
  // The number of the intact message entered last; 0 before any.
  std::uint64_t last() const { return last_; }

  // Enters into the report what speaks against the mechanism, given how many messages the sender
  // says it sent (`not_published`: sent_count.hpp; the end is missing then, and that is a failure),
  // and returns what does not: to be noted by note_losses(). Once.
  Losses settle(std::uint64_t sent);

 private:
  WorkerReport& report_;
  std::uint64_t seed_;
  Verify verify_;
  Integrity integrity_;
  Losses losses_;
  std::uint64_t last_ = 0;
  std::uint64_t next_ = 0;  // the number after the largest that has come
  bool settled_ = false;
};

// Into the receiver's report, for publish_losses(); of several receivers in one worker they add up.
void note_losses(WorkerReport& report, const Losses& losses);
// Into the sender's: it sent `messages` between these readings of the clock.
void note_sending(WorkerReport& report, std::uint64_t messages, std::uint64_t begin_ns,
                  std::uint64_t end_ns);
// The figures of loss_figures(), of all receivers together; none where no report has losses.
void publish_losses(const std::vector<WorkerReport>& reports, Trial& trial);
// Whether that report is of a receiver of a mechanism that may lose messages.
bool has_losses(const WorkerReport& report);

}  // namespace ipcmark
