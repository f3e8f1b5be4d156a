#include "scenarios/plan/interleave.hpp"

#include <gtest/gtest.h>

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
    for (const Turn& turn : of) cells.push_back(turn.cell);
    return cells;
  };
  EXPECT_EQ(order(turns), order(interleave(program, *plan)));
  EXPECT_NE(order(turns), order(interleave(program, *other)));
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
