#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "scenarios/scenario.hpp"
#include "scenarios/traffic/delivery_tracker.hpp"
#include "scenarios/traffic/losses.hpp"
#include "scenarios/traffic/message_ends.hpp"

namespace ipcmark {

// The receiver's account: of a mechanism that may lose messages, or of one that may not.
class LoadTracker {
 public:
  explicit LoadTracker(WorkerContext& context, std::size_t channel)
      : report_(context.report()),
        tracker_(report_, channel_seed(context.spec(), channel), context.spec().verify, 1) {
    if (!context.lossy(channel)) return;
    losses_.emplace(report_, channel_seed(context.spec(), channel), verify_on(context, channel));
  }
  Finding arrived(std::span<const std::byte> message, std::size_t expected_size) {
    return losses_ ? losses_->arrived(message, expected_size)
                   : tracker_.arrived(message, expected_size);
  }
  void damaged() { losses_ ? losses_->damaged() : tracker_.damaged(); }
  void settle(std::uint64_t sent) {
    if (losses_) return note_losses(report_, losses_->settle(sent));
    const std::uint64_t all[] = {sent};
    tracker_.settle(all);
  }

 private:
  WorkerReport& report_;
  DeliveryTracker tracker_;
  std::optional<LossTracker> losses_;  // in its place, where messages may get lost
};

}  // namespace ipcmark
