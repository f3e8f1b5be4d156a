// Who must have got what of a broker, and that every way of getting it wrong shows.
#include "scenarios/messaging/topics.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace ipcmark {
namespace {

constexpr Topics topics{7, 5, 2, 50};
using Got = std::vector<std::pair<std::uint32_t, std::uint64_t>>;

// What a subscriber must get, publisher by publisher.
Got due_to(std::uint32_t subscriber) {
  Got due;
  for (std::uint32_t publisher = 0; publisher < topics.publishers; ++publisher) {
    for (std::uint64_t number = 0; number < topics.each; ++number) {
      if (topics.wants(subscriber, topics.topic_of(publisher, number))) {
        due.emplace_back(publisher, number);
      }
    }
  }
  return due;
}

Integrity account_of(std::uint32_t subscriber, const Got& got, std::uint64_t* unwanted = nullptr) {
  TopicTracker account(topics, subscriber);
  for (const auto& [publisher, number] : got) account.arrived(publisher, number);
  if (unwanted != nullptr) *unwanted = account.unwanted();
  return account.settle();
}

TEST(Topics, TheFirstSubscriberWantsAllAndEveryOneSome) {
  for (std::uint32_t topic = 0; topic < topics.topics; ++topic) EXPECT_TRUE(topics.wants(0, topic));
  EXPECT_FALSE(topics.wants(1, 1));
  for (std::uint32_t subscriber = 0; subscriber < 12; ++subscriber) {
    EXPECT_TRUE(topics.wants(subscriber, 0)) << subscriber;
  }
  EXPECT_EQ(due_to(0).size(), 100U);
  EXPECT_LT(due_to(1).size(), 80U);
}

TEST(TopicTracker, IsCleanWhenAllThatIsDueCameInOrder) {
  for (std::uint32_t subscriber = 0; subscriber < 6; ++subscriber) {
    const Integrity whole = account_of(subscriber, due_to(subscriber));
    EXPECT_TRUE(whole.clean()) << subscriber;
    EXPECT_EQ(whole.checked, due_to(subscriber).size());
  }
}

TEST(TopicTracker, TellsLostTwiceLateAndUnwantedApart) {
  Got got = due_to(1);
  got.erase(got.begin() + 3);
  got.pop_back();
  EXPECT_EQ(account_of(1, got).lost, 2U);

  got = due_to(1);
  got.insert(got.begin() + 5, got[2]);
  EXPECT_EQ(account_of(1, got).duplicated, 1U);
  EXPECT_EQ(account_of(1, got).lost, 0U);

  got = due_to(1);
  std::swap(got[2], got[3]);
  EXPECT_EQ(account_of(1, got).reordered, 1U);
  EXPECT_EQ(account_of(1, got).lost, 0U);

  std::uint64_t unwanted = 0;
  account_of(1, due_to(0), &unwanted);
  EXPECT_EQ(unwanted, due_to(0).size() - due_to(1).size());
  EXPECT_EQ(account_of(1, {{2, 0}, {0, 50}}).corrupted, 2U) << "nobody has sent these";
}

TEST(TopicTracker, CountsDamagedOnesAndMissesThem) {
  TopicTracker account(topics, 0);
  account.damaged(false);
  account.damaged(true);
  const Integrity total = account.settle();
  EXPECT_EQ(total.corrupted, 1U);
  EXPECT_EQ(total.wrong_length, 1U);
  EXPECT_EQ(total.lost, 100U);
}

}  // namespace
}  // namespace ipcmark
