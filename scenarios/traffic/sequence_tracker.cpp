#include "scenarios/traffic/sequence_tracker.hpp"

#include <algorithm>

#include "scenarios/traffic/sent_count.hpp"

namespace ipcmark {

SequenceTracker::SequenceTracker(std::uint64_t seed, Verify verify, std::size_t senders)
    : seed_(seed), verify_(verify), states_(senders) {}

Finding SequenceTracker::arrived(std::span<const std::byte> message, std::size_t expected_size) {
  return entered(examine_message(message, expected_size, seed_, verify_));
}

Finding SequenceTracker::entered(const Examination& seen) {
  ++checked_;
  switch (seen.finding) {
    case Finding::intact:
      return enter(seen.id);
    case Finding::uncheckable:
      ++uncheckable_;
      break;
    case Finding::wrong_length:
      ++wrong_length_;
      break;
    case Finding::corrupted:
      ++corrupted_;
      break;
  }
  return seen.finding;
}

Finding SequenceTracker::enter(MessageId id) {
  if (id.sender >= states_.size()) {
    ++corrupted_;
    return Finding::corrupted;
  }
  SenderState& state = states_[id.sender];
  if (id.sequence == state.next) {
    ++state.next;
  } else if (id.sequence > state.next) {
    state.gaps.emplace(state.next, id.sequence);
    state.next = id.sequence + 1;
  } else {
    enter_late(state, id);
  }
  return Finding::intact;
}

// One that was overtaken, or came before.
void SequenceTracker::enter_late(SenderState& state, MessageId id) {
  auto gap = state.gaps.upper_bound(id.sequence);
  if (gap == state.gaps.begin() || id.sequence >= std::prev(gap)->second) {
    ++state.duplicated;
    return;
  }
  gap = std::prev(gap);
  const auto [first, last] = *gap;
  state.gaps.erase(gap);
  if (first < id.sequence) state.gaps.emplace(first, id.sequence);
  if (id.sequence + 1 < last) state.gaps.emplace(id.sequence + 1, last);
  ++state.reordered;
}

Integrity SequenceTracker::so_far() const {
  Integrity total;
  total.checked = checked_;
  total.corrupted = corrupted_;
  total.wrong_length = wrong_length_;
  for (const SenderState& state : states_) {
    total.duplicated += state.duplicated;
    total.reordered += state.reordered;
  }
  return total;
}

std::uint64_t SequenceTracker::missing(std::size_t sender) const {
  std::uint64_t missing = 0;
  for (const auto& [first, last] : states_[sender].gaps) missing += last - first;
  return missing;
}

Integrity SequenceTracker::settle(std::span<const std::uint64_t> sent) const {
  Integrity total = so_far();
  std::uint64_t missing = 0;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const SenderState& state = states_[i];
    const std::uint64_t expected = i < sent.size() ? sent[i] : 0;
    missing += this->missing(i);
    if (expected != not_published) missing += expected - std::min(expected, state.next);
    if (expected != not_published && state.next > expected)
      total.corrupted += state.next - expected;
  }
  // Uncheckable messages carry no identity: only their number can be compared with what is missing
  // among those that do, and the same goes for the tail that never arrived.
  const auto silent =
      static_cast<std::uint64_t>(std::count(sent.begin(), sent.end(), not_published));
  total.lost += silent;
  if (uncheckable_ != 0 && silent == 0) {
    missing -= std::min(missing, corrupted_ + wrong_length_);
    total.duplicated += uncheckable_ - std::min(missing, uncheckable_);
    missing -= std::min(missing, uncheckable_);
  }
  total.lost += missing;
  return total;
}

}  // namespace ipcmark
