#include "scenarios/shared_state/frontier.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace ipcmark {
namespace {

TEST(Frontier, GivesEachPageOnceAndKnowsTheEnd) {
  std::vector<std::uint64_t> memory(Frontier::bytes(100) / 8 + 1);
  Frontier frontier(std::as_writable_bytes(std::span(memory)), 100);
  EXPECT_TRUE(frontier.exhausted());
  EXPECT_TRUE(frontier.add(99));
  EXPECT_FALSE(frontier.add(99));
  EXPECT_FALSE(frontier.add(100)) << "there is no such page";
  EXPECT_TRUE(frontier.add(0));
  EXPECT_EQ(frontier.waiting(), 2U);
  std::array<std::uint32_t, 8> pages{};
  ASSERT_EQ(frontier.take(pages), 2U);
  EXPECT_EQ(pages[0], 99U);
  EXPECT_EQ(pages[1], 0U);
  EXPECT_EQ(frontier.waiting(), 0U);
  EXPECT_FALSE(frontier.exhausted()) << "who took them may find more";
  EXPECT_EQ(frontier.take(pages), 0U);
  EXPECT_FALSE(frontier.add(0)) << "visited already";
  frontier.done();
  EXPECT_TRUE(frontier.exhausted());
}

}  // namespace
}  // namespace ipcmark
