// The counts of ends that have gone, where there have been more than they hold.
#include <gtest/gtest.h>

#include "backends/cells/end_table.hpp"
#include "backends/kernel/mapping.hpp"

namespace ipcmark::ring {
namespace {

constexpr std::uint64_t max_count = (1U << 20U) - 1;

// One end in slot 0 after the other.
class EndTableCounts : public testing::Test {
 protected:
  enum class Going { closes, abandons, is_killed };

  void come_and_go(Role role, Going going) {
    Ends<> end(table_, reopen(memory_).value());
    ASSERT_TRUE(end.join(role, [](unsigned) {}));
    ASSERT_EQ(end.number(), 0U);
    if (going != Going::is_killed) end.leave(going == Going::closes);
  }
  // As if the slot's ends so far, of which there was one, had been as many as it can count.
  void repeat_the_first() {
    auto& word = table_.slots[0].word;
    word.store(word.load() * max_count);
  }
  EndCounts counts() {
    Ends<> looking(table_, reopen(memory_).value());
    looking.reap_dead(max_ends, [](unsigned) {});
    return looking.counts();
  }

  Fd memory_ = create_anonymous_memory(4096).value();
  EndTable table_{};
};

TEST_F(EndTableCounts, OfSendersThatClosedStayAtTheirMax) {
  come_and_go(Role::sender, Going::closes);
  repeat_the_first();
  EXPECT_EQ(counts().closed_senders, max_count);
  come_and_go(Role::sender, Going::closes);
  EXPECT_EQ(counts().closed_senders, max_count);
  EXPECT_EQ(counts().abandoned_senders, 0U);
  come_and_go(Role::sender, Going::abandons);
  EXPECT_EQ(counts().abandoned_senders, 1U);
}

TEST_F(EndTableCounts, OfSendersThatWereKilledStayAtTheirMax) {
  come_and_go(Role::sender, Going::abandons);
  repeat_the_first();
  come_and_go(Role::sender, Going::is_killed);
  EXPECT_EQ(counts().abandoned_senders, max_count);
  EXPECT_EQ(counts().gone_receivers, 0U);
}

TEST_F(EndTableCounts, OfReceiversStayAtTheirMax) {
  come_and_go(Role::receiver, Going::closes);
  repeat_the_first();
  come_and_go(Role::receiver, Going::closes);
  EXPECT_EQ(counts().gone_receivers, max_count);
  EXPECT_EQ(counts().open_receivers, 0U);
}

}  // namespace
}  // namespace ipcmark::ring
