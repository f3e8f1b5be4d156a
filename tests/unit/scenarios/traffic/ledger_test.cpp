// The receiver's account, fed directly.
#include "scenarios/traffic/ledger.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "scenarios/traffic/sent_count.hpp"
#include "tests/unit/scenarios/traffic/stamped_messages.hpp"

namespace ipcmark {
namespace {

Integrity account(const std::vector<std::uint64_t>& order, std::uint64_t sent) {
  Ledger ledger(seed, Verify::full, 1);
  for (const std::uint64_t sequence : order) ledger.arrived(message_of(sequence), 64);
  const std::uint64_t all[] = {sent};
  return ledger.settle(all);
}

TEST(Ledger, InOrderIsClean) {
  const Integrity integrity = account({0, 1, 2, 3}, 4);
  EXPECT_TRUE(integrity.clean());
  EXPECT_EQ(integrity.checked, 4U);
}

TEST(Ledger, ALostOneIsCountedWhereverItWas) {
  EXPECT_EQ(account({1, 2, 3}, 4).lost, 1U);
  EXPECT_EQ(account({0, 2, 3}, 4).lost, 1U);
  EXPECT_EQ(account({0, 1, 2}, 4).lost, 1U);
  EXPECT_EQ(account({}, 4).lost, 4U);
  EXPECT_EQ(account({0, 9}, 10).lost, 8U);
}

TEST(Ledger, ALateOneIsReorderedAndNotLost) {
  const Integrity integrity = account({0, 2, 4, 3, 1}, 5);
  EXPECT_EQ(integrity.reordered, 2U);
  EXPECT_EQ(integrity.lost, 0U);
  EXPECT_EQ(integrity.duplicated, 0U);
}

TEST(Ledger, ALateOneInsideAGapLeavesTheRestOfIt) {
  const Integrity integrity = account({0, 5, 3}, 6);
  EXPECT_EQ(integrity.reordered, 1U);
  EXPECT_EQ(integrity.lost, 3U);
}

TEST(Ledger, ASecondCopyIsADuplicateEvenOfALateOne) {
  EXPECT_EQ(account({0, 0, 1}, 2).duplicated, 1U);
  EXPECT_EQ(account({0, 2, 1, 1}, 3).duplicated, 1U);
}

TEST(Ledger, AMessageNobodySentIsCorrupt) {
  EXPECT_EQ(account({0, 1, 2}, 2).corrupted, 1U);
  Ledger ledger(seed, Verify::full, 1);
  ledger.arrived(message_of(0, 7), 64);
  const std::uint64_t none[] = {0};
  EXPECT_EQ(ledger.settle(none).corrupted, 1U);
}

TEST(Ledger, BeforeTheEndNothingIsLostButAllElseIsKnown) {
  Ledger ledger(seed, Verify::full, 1);
  for (const std::uint64_t sequence : {0, 3, 1, 1}) ledger.arrived(message_of(sequence), 64);
  ledger.arrived({}, 64);
  const Integrity seen = ledger.so_far();
  EXPECT_EQ(seen.checked, 5U);
  EXPECT_EQ(seen.lost, 0U);
  EXPECT_EQ(seen.reordered, 1U);
  EXPECT_EQ(seen.duplicated, 1U);
  EXPECT_EQ(seen.wrong_length, 1U);
  EXPECT_EQ(ledger.next(0), 4U);
  EXPECT_EQ(ledger.missing(0), 1U);
  EXPECT_EQ(ledger.uncheckable(), 0U);
}

// Who was killed before it closed, or one of the two.
TEST(Ledger, OfASenderThatToldNoCountTheEndIsMissing) {
  EXPECT_EQ(account({0, 1, 2}, untold).lost, 1U);
  EXPECT_EQ(account({0, 1, 2}, untold).corrupted, 0U);
  EXPECT_EQ(account({0, 2}, untold).lost, 2U);
  SentCount count;
  EXPECT_EQ(count.told(), untold);
  count.tell(0);
  EXPECT_EQ(count.told(), 0U);
}

TEST(Ledger, SendersAreAccountedForApart) {
  Ledger ledger(seed, Verify::full, 2);
  for (const std::uint64_t sequence : {0U, 1U, 2U}) ledger.arrived(message_of(sequence, 1), 64);
  ledger.arrived(message_of(0, 0), 64);
  const std::uint64_t sent[] = {2, 3};
  EXPECT_EQ(ledger.settle(sent).lost, 1U);
}

TEST(Ledger, MessagesTooSmallForAnIdentityAreCounted) {
  Ledger ledger(seed, Verify::full, 1);
  for (int i = 0; i < 3; ++i) ledger.arrived(Message(1), 1);
  const std::uint64_t more[] = {4};
  const std::uint64_t fewer[] = {2};
  EXPECT_EQ(ledger.settle(more).lost, 1U);
  EXPECT_EQ(ledger.settle(fewer).duplicated, 1U);
}

// As in a mix of sizes: they fill the places that the others leave.
TEST(Ledger, MessagesTooSmallForAnIdentityAreCountedAmongOthers) {
  Ledger ledger(seed, Verify::full, 1);
  for (const std::uint64_t sequence : {1U, 2U, 4U}) ledger.arrived(message_of(sequence), 64);
  for (int i = 0; i < 3; ++i) ledger.arrived(Message(1), 1);  // 0, 3 and 5
  const std::uint64_t all[] = {6};
  const std::uint64_t more[] = {7};
  const std::uint64_t fewer[] = {5};
  EXPECT_TRUE(ledger.settle(all).clean());
  EXPECT_EQ(ledger.settle(more).lost, 1U);
  EXPECT_EQ(ledger.settle(fewer).duplicated, 1U);
}

}  // namespace
}  // namespace ipcmark
