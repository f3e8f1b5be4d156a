#include "scenarios/traffic/ledger.hpp"

#include <algorithm>

#include "scenarios/traffic/sent_count.hpp"

namespace ipcmark {

Ledger::Ledger(std::uint64_t seed, Verify verify, std::size_t senders)
    : seed_(seed), verify_(verify), accounts_(senders) {}

Finding Ledger::arrived(std::span<const std::byte> message, std::size_t expected_size) {
  return entered(examine_message(message, expected_size, seed_, verify_));
}

Finding Ledger::entered(const Examination& seen) {
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

Finding Ledger::enter(MessageId id) {
  if (id.sender >= accounts_.size()) {
    ++corrupted_;
    return Finding::corrupted;
  }
  Account& account = accounts_[id.sender];
  if (id.sequence == account.next) {
    ++account.next;
  } else if (id.sequence > account.next) {
    account.gaps.emplace(account.next, id.sequence);
    account.next = id.sequence + 1;
  } else {
    enter_late(account, id);
  }
  return Finding::intact;
}

// One that was overtaken, or came before.
void Ledger::enter_late(Account& account, MessageId id) {
  auto gap = account.gaps.upper_bound(id.sequence);
  if (gap == account.gaps.begin() || id.sequence >= std::prev(gap)->second) {
    ++account.duplicated;
    return;
  }
  gap = std::prev(gap);
  const auto [first, last] = *gap;
  account.gaps.erase(gap);
  if (first < id.sequence) account.gaps.emplace(first, id.sequence);
  if (id.sequence + 1 < last) account.gaps.emplace(id.sequence + 1, last);
  ++account.reordered;
}

Integrity Ledger::so_far() const {
  Integrity total;
  total.checked = checked_;
  total.corrupted = corrupted_;
  total.wrong_length = wrong_length_;
  for (const Account& account : accounts_) {
    total.duplicated += account.duplicated;
    total.reordered += account.reordered;
  }
  return total;
}

std::uint64_t Ledger::missing(std::size_t sender) const {
  std::uint64_t missing = 0;
  for (const auto& [first, last] : accounts_[sender].gaps) missing += last - first;
  return missing;
}

Integrity Ledger::settle(std::span<const std::uint64_t> sent) const {
  Integrity total = so_far();
  std::uint64_t missing = 0;
  for (std::size_t i = 0; i < accounts_.size(); ++i) {
    const Account& account = accounts_[i];
    const std::uint64_t expected = i < sent.size() ? sent[i] : 0;
    missing += this->missing(i);
    if (expected != untold) missing += expected - std::min(expected, account.next);
    if (expected != untold && account.next > expected) total.corrupted += account.next - expected;
  }
  // Uncheckable messages carry no identity: only their number can be held against what is missing
  // among those that do, and the same goes for the tail that never arrived.
  const auto silent = static_cast<std::uint64_t>(std::count(sent.begin(), sent.end(), untold));
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
