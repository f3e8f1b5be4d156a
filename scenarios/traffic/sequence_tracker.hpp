// A receiver's account of what arrived from each sender: what is missing, came twice, out of order,
// damaged or cut. Costs a comparison for a message that comes in order; memory only for gaps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "results/model/spec.hpp"
#include "results/model/trial.hpp"
#include "scenarios/traffic/payload.hpp"

namespace ipcmark {

class SequenceTracker {
 public:
  // `senders`: how many there are, numbered from 0. Allocates here, not in arrived() unless a
  // message is missing.
  SequenceTracker(std::uint64_t seed, Verify verify, std::size_t senders);

  // Enters one message, of which `expected_size` bytes were sent. A damaged or cut message cannot
  // be trusted to say which one it was: it is counted as such, and the one it should have been as
  // lost. Returns what it was; of a sender that is none, `corrupted`.
  Finding arrived(std::span<const std::byte> message, std::size_t expected_size);

  // The same of one that the caller has looked at by itself.
  Finding entered(const Examination& seen);

  // Enters one whose damage the scenario has found by itself.
  void damaged() {
    ++checked_;
    ++corrupted_;
  }

  std::uint64_t count() const { return checked_; }
  // The number behind the highest one of that sender that has arrived, and how many of those before
  // it have not.
  std::uint64_t next(std::size_t sender) const { return states_[sender].next; }
  std::uint64_t missing(std::size_t sender) const;
  std::uint64_t uncheckable() const { return uncheckable_; }

  // What the account comes to, given how many each sender says it sent. A late message (one that
  // was overtaken) counts as reordered, not as lost; a message nobody sent as corrupted. Of a
  // sender that told no count (`not_published`, sent_count.hpp) the end is missing: one is lost.
  Integrity settle(std::span<const std::uint64_t> sent) const;
  // What it comes to before that is known: what is missing may still come, so nothing is lost.
  Integrity so_far() const;

 private:
  struct SenderState {
    std::uint64_t next = 0;                       // all before it arrived, but for the gaps
    std::map<std::uint64_t, std::uint64_t> gaps;  // first missing → first after it
    std::uint64_t duplicated = 0;
    std::uint64_t reordered = 0;
  };
  Finding enter(MessageId id);
  static void enter_late(SenderState& state, MessageId id);

  std::uint64_t seed_;
  Verify verify_;
  std::vector<SenderState> states_;
  std::uint64_t checked_ = 0;
  std::uint64_t corrupted_ = 0;
  std::uint64_t wrong_length_ = 0;
  std::uint64_t uncheckable_ = 0;
};

}  // namespace ipcmark
