// A receiver's ledger that reaches its worker's report however the worker ends: settled against
// what was sent, or, when the trial ends before that (a peer has died), as far as it has come. So
// what reaches the survivors of a killed process is judged too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "scenarios/scenario.hpp"
#include "scenarios/traffic/sent_count.hpp"
#include "scenarios/traffic/sequence_tracker.hpp"

namespace ipcmark {

class DeliveryTracker {
 public:
  // `report` is borrowed: it outlives the account, which adds to its integrity once.
  DeliveryTracker(WorkerReport& report, std::uint64_t seed, Verify verify, std::size_t senders)
      : tracker_(seed, verify, senders), report_(&report) {}
  DeliveryTracker(DeliveryTracker&& other) noexcept
      : tracker_(std::move(other.tracker_)), report_(std::exchange(other.report_, nullptr)) {}
  DeliveryTracker& operator=(DeliveryTracker&&) = delete;
  DeliveryTracker(const DeliveryTracker&) = delete;
  DeliveryTracker& operator=(const DeliveryTracker&) = delete;
  ~DeliveryTracker() {
    if (report_ != nullptr) add(report_->integrity, tracker_.so_far());
  }

  // As SequenceTracker::arrived().
  Finding arrived(std::span<const std::byte> message, std::size_t expected_size) {
    return tracker_.arrived(message, expected_size);
  }
  void damaged() { tracker_.damaged(); }
  std::uint64_t count() const { return tracker_.count(); }

  // Enters what the account comes to, given how many each sender says it sent (sent_count.hpp).
  // Once.
  void settle(std::span<const std::uint64_t> sent) {
    if (report_ != nullptr) add(std::exchange(report_, nullptr)->integrity, tracker_.settle(sent));
  }

 private:
  SequenceTracker tracker_;
  WorkerReport* report_;  // null: it has it
};

// The error of a worker that was given something that is not intact: it ends the trial at once.
inline tl::unexpected<Error> not_intact(Finding finding) {
  return fail(Errc::corrupt, finding == Finding::wrong_length
                                 ? "a message arrived with another length than it was sent with"
                                 : "a message did not arrive intact");
}

// The same of what was found about any message; success where nothing speaks against it.
inline Status judged(Finding finding) {
  if (finding == Finding::intact || finding == Finding::uncheckable) return {};
  return not_intact(finding);
}

}  // namespace ipcmark
