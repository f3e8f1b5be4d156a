// A receiver's ledger that reaches its worker's report however the worker ends: settled against
// what was sent, or, when the trial ends before that (a peer has died), as far as it has come. So
// what reaches the survivors of a killed process is judged too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "scenarios/scenario.hpp"
#include "scenarios/traffic/ledger.hpp"
#include "scenarios/traffic/sent_count.hpp"

namespace ipcmark {

class DeliveryAccount {
 public:
  // `report` is borrowed: it outlives the account, which adds to its integrity once.
  DeliveryAccount(WorkerReport& report, std::uint64_t seed, Verify verify, std::size_t senders)
      : ledger_(seed, verify, senders), report_(&report) {}
  DeliveryAccount(DeliveryAccount&& other) noexcept
      : ledger_(std::move(other.ledger_)), report_(std::exchange(other.report_, nullptr)) {}
  DeliveryAccount& operator=(DeliveryAccount&&) = delete;
  DeliveryAccount(const DeliveryAccount&) = delete;
  DeliveryAccount& operator=(const DeliveryAccount&) = delete;
  ~DeliveryAccount() {
    if (report_ != nullptr) add(report_->integrity, ledger_.so_far());
  }

  // As Ledger::arrived().
  Finding arrived(std::span<const std::byte> message, std::size_t expected_size) {
    return ledger_.arrived(message, expected_size);
  }
  void damaged() { ledger_.damaged(); }
  std::uint64_t count() const { return ledger_.count(); }

  // Enters what the account comes to, given how many each sender says it sent (sent_count.hpp).
  // Once.
  void settle(std::span<const std::uint64_t> sent) {
    if (report_ != nullptr) add(std::exchange(report_, nullptr)->integrity, ledger_.settle(sent));
  }

 private:
  Ledger ledger_;
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
