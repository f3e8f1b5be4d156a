#include "scenarios/plan/interleave.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "tests/unit/scenarios/plan/small_program.hpp"

namespace ipcmark {
namespace {

TEST(Interleave, EveryCellOncePerRoundInAnOrderOfTheSeed) {
  const Program program = small_program();
  const auto plan = make_plan(program, request_of(7));
  const auto other = make_plan(program, request_of(8));
  ASSERT_TRUE(plan.has_value() && other.has_value());
  const auto turns = interleave(program, *plan);
  const std::size_t timed = count(*plan, "latency") + count(*plan, "throughput");
  EXPECT_EQ(turns.size(), timed * 6 + (plan->cells.size() - timed));
  std::set<std::pair<std::size_t, std::uint32_t>> seen;
  std::uint32_t round = 0;
  for (const Turn& turn : turns) {
    EXPECT_TRUE(seen.emplace(turn.cell, turn.round).second);
    EXPECT_GE(turn.round, round);
    round = turn.round;
  }
  const auto order = [](const std::vector<Turn>& of) {
    std::vector<std::size_t> cells;
    cells.reserve(of.size());
    for (const Turn& turn : of) cells.push_back(turn.cell);
    return cells;
  };
  EXPECT_EQ(order(turns), order(interleave(program, *plan)));
  EXPECT_NE(order(turns), order(interleave(program, *other)));
}

TEST(Interleave, TheFirstRoundBeginsWithTheFirstTable) {
  const Program program = small_program();
  const auto made = make_plan(program, request_of(7));
  ASSERT_TRUE(made.has_value());
  Plan plan = *made;
  plan.first_table = {1, 2, 4, 5};
  const auto turns = interleave(program, plan);
  const auto cells_of_round = [](const std::vector<Turn>& of, std::uint32_t round) {
    std::vector<std::size_t> cells;
    for (const Turn& turn : of) {
      if (turn.round != round) continue;
      EXPECT_EQ(turn.position, cells.size());
      cells.push_back(turn.cell);
    }
    return cells;
  };
  const auto first = cells_of_round(turns, 0);
  EXPECT_EQ(std::set<std::size_t>(first.begin(), first.begin() + 4),
            (std::set<std::size_t>{1, 2, 4, 5}));
  // Shuffled still: neither part is in the order of the plan.
  EXPECT_FALSE(std::is_sorted(first.begin(), first.begin() + 4));
  EXPECT_FALSE(std::is_sorted(first.begin() + 4, first.end()));
  EXPECT_EQ(first, cells_of_round(interleave(program, plan), 0));
  // Later rounds are those of a plan that begins with no table.
  const auto without = interleave(program, *made);
  ASSERT_EQ(turns.size(), without.size());
  for (std::uint32_t round = 1; round < plan.trials; ++round) {
    EXPECT_EQ(cells_of_round(turns, round), cells_of_round(without, round));
  }
}

TEST(Plan, ARoundMoreHasTheCellsAskedForOnceEach) {
  const auto turns = one_round({4, 7, 9}, 6, 1);
  std::set<std::size_t> cells;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    cells.insert(turns[i].cell);
    EXPECT_EQ(turns[i].round, 6U);
    EXPECT_EQ(turns[i].position, i);
  }
  EXPECT_EQ(cells, (std::set<std::size_t>{4, 7, 9}));
}

}  // namespace
}  // namespace ipcmark
