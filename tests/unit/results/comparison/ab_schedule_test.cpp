#include "results/comparison/ab_schedule.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace ipcmark {
namespace {

TEST(AbSchedule, EveryCellOnceARoundAndABBAOverTwo) {
  for (const std::uint64_t seed : {1U, 2U, 77U}) {
    for (std::uint32_t block = 0; block < 20; ++block) {
      std::map<std::size_t, AbSide> first;
      for (const AbTurn& turn : ab_round(5, seed, 2 * block)) first[turn.cell] = turn.first;
      ASSERT_EQ(first.size(), 5U);
      const auto second = ab_round(5, seed, 2 * block + 1);
      ASSERT_EQ(second.size(), 5U);
      for (const AbTurn& turn : second) EXPECT_EQ(turn.first, other(first.at(turn.cell)));
    }
  }
}

TEST(AbSchedule, IsDrawnAnewAndRepeatable) {
  EXPECT_EQ(ab_round(6, 9, 4), ab_round(6, 9, 4));
  EXPECT_NE(ab_round(6, 9, 4), ab_round(6, 10, 4));
  std::set<std::size_t> heads;
  unsigned b_begins = 0;
  for (std::uint32_t block = 0; block < 200; ++block) {
    const auto turns = ab_round(6, 9, 2 * block);
    heads.insert(turns.front().cell);
    for (const AbTurn& turn : turns) {
      if (turn.cell == 3 && turn.first == AbSide::b) ++b_begins;
    }
  }
  EXPECT_EQ(heads.size(), 6U);
  EXPECT_GT(b_begins, 70U);  // 100 of 200 expected; the seed is fixed
  EXPECT_LT(b_begins, 130U);
}

}  // namespace
}  // namespace ipcmark
