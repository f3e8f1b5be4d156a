// The receiver's account, fed directly.
#include "scenarios/traffic/sequence_tracker.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "scenarios/traffic/sent_count.hpp"
#include "tests/unit/scenarios/traffic/stamped_messages.hpp"

namespace ipcmark {
namespace {

Integrity account(const std::vector<std::uint64_t>& order, std::uint64_t sent) {
  SequenceTracker tracker(seed, Verify::full, 1);
  for (const std::uint64_t sequence : order) tracker.arrived(message_of(sequence), 64);
  const std::uint64_t all[] = {sent};
  return tracker.settle(all);
}

TEST(SequenceTracker, InOrderIsClean) {
  const Integrity integrity = account({0, 1, 2, 3}, 4);
  EXPECT_TRUE(integrity.clean());
  EXPECT_EQ(integrity.checked, 4U);
}

TEST(SequenceTracker, ALostOneIsCountedWhereverItWas) {
  EXPECT_EQ(account({1, 2, 3}, 4).lost, 1U);
  EXPECT_EQ(account({0, 2, 3}, 4).lost, 1U);
  EXPECT_EQ(account({0, 1, 2}, 4).lost, 1U);
  EXPECT_EQ(account({}, 4).lost, 4U);
  EXPECT_EQ(account({0, 9}, 10).lost, 8U);
}

TEST(SequenceTracker, ALateOneIsReorderedAndNotLost) {
  const Integrity integrity = account({0, 2, 4, 3, 1}, 5);
  EXPECT_EQ(integrity.reordered, 2U);
  EXPECT_EQ(integrity.lost, 0U);
  EXPECT_EQ(integrity.duplicated, 0U);
}

TEST(SequenceTracker, ALateOneInsideAGapLeavesTheRestOfIt) {
  const Integrity integrity = account({0, 5, 3}, 6);
  EXPECT_EQ(integrity.reordered, 1U);
  EXPECT_EQ(integrity.lost, 3U);
}

TEST(SequenceTracker, ASecondCopyIsADuplicateEvenOfALateOne) {
  EXPECT_EQ(account({0, 0, 1}, 2).duplicated, 1U);
  EXPECT_EQ(account({0, 2, 1, 1}, 3).duplicated, 1U);
}

TEST(SequenceTracker, AMessageNobodySentIsCorrupt) {
  EXPECT_EQ(account({0, 1, 2}, 2).corrupted, 1U);
  SequenceTracker tracker(seed, Verify::full, 1);
  tracker.arrived(message_of(0, 7), 64);
  const std::uint64_t none[] = {0};
  EXPECT_EQ(tracker.settle(none).corrupted, 1U);
}

TEST(SequenceTracker, BeforeTheEndNothingIsLostButAllElseIsKnown) {
  SequenceTracker tracker(seed, Verify::full, 1);
  for (const std::uint64_t sequence : {0, 3, 1, 1}) tracker.arrived(message_of(sequence), 64);
  tracker.arrived({}, 64);
  const Integrity seen = tracker.so_far();
  EXPECT_EQ(seen.checked, 5U);
  EXPECT_EQ(seen.lost, 0U);
  EXPECT_EQ(seen.reordered, 1U);
  EXPECT_EQ(seen.duplicated, 1U);
  EXPECT_EQ(seen.wrong_length, 1U);
  EXPECT_EQ(tracker.next(0), 4U);
  EXPECT_EQ(tracker.missing(0), 1U);
  EXPECT_EQ(tracker.uncheckable(), 0U);
}

// Who was killed before it closed, or one of the two.
TEST(SequenceTracker, OfASenderThatToldNoCountTheEndIsMissing) {
  EXPECT_EQ(account({0, 1, 2}, not_published).lost, 1U);
  EXPECT_EQ(account({0, 1, 2}, not_published).corrupted, 0U);
  EXPECT_EQ(account({0, 2}, not_published).lost, 2U);
  SentCount count;
  EXPECT_EQ(count.published(), not_published);
  count.publish(0);
  EXPECT_EQ(count.published(), 0U);
}

TEST(SequenceTracker, SendersAreAccountedForApart) {
  SequenceTracker tracker(seed, Verify::full, 2);
  for (const std::uint64_t sequence : {0U, 1U, 2U}) tracker.arrived(message_of(sequence, 1), 64);
  tracker.arrived(message_of(0, 0), 64);
  const std::uint64_t sent[] = {2, 3};
  EXPECT_EQ(tracker.settle(sent).lost, 1U);
}

TEST(SequenceTracker, MessagesTooSmallForAnIdentityAreCounted) {
  SequenceTracker tracker(seed, Verify::full, 1);
  for (int i = 0; i < 3; ++i) tracker.arrived(Message(1), 1);
  const std::uint64_t more[] = {4};
  const std::uint64_t fewer[] = {2};
  EXPECT_EQ(tracker.settle(more).lost, 1U);
  EXPECT_EQ(tracker.settle(fewer).duplicated, 1U);
}

// As in a mix of sizes: they fill the places that the others leave.
TEST(SequenceTracker, MessagesTooSmallForAnIdentityAreCountedAmongOthers) {
  SequenceTracker tracker(seed, Verify::full, 1);
  for (const std::uint64_t sequence : {1U, 2U, 4U}) tracker.arrived(message_of(sequence), 64);
  for (int i = 0; i < 3; ++i) tracker.arrived(Message(1), 1);  // 0, 3 and 5
  const std::uint64_t all[] = {6};
  const std::uint64_t more[] = {7};
  const std::uint64_t fewer[] = {5};
  EXPECT_TRUE(tracker.settle(all).clean());
  EXPECT_EQ(tracker.settle(more).lost, 1U);
  EXPECT_EQ(tracker.settle(fewer).duplicated, 1U);
}

}  // namespace
}  // namespace ipcmark
