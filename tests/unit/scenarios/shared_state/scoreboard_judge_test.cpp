#include "scenarios/shared_state/scoreboard_judge.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace ipcmark {
namespace {

constexpr std::uint64_t seed = 42;

Scoreboard::Row row_of(std::uint32_t player, std::uint64_t rounds) {
  return {player, {rounds, points_until(seed, player, rounds)}};
}

// A true board, sorted.
Scoreboard board_of(std::vector<Scoreboard::Row> rows) {
  std::sort(rows.begin(), rows.end(),
            [](const auto& a, const auto& b) { return a.standing.points > b.standing.points; });
  Scoreboard board{std::move(rows), 0};
  for (const auto& row : board.rows) board.points += row.standing.points;
  return board;
}

TEST(ScoreboardJudge, LetsTrueBoardsPass) {
  ScoreboardJudge judge(seed, 3, 5);
  judge.look({});
  judge.look(board_of({row_of(0, 0)}));
  judge.look(board_of({row_of(0, 1), row_of(2, 3)}));
  judge.look(board_of({row_of(0, 1), row_of(2, 3)}));
  judge.look(board_of({row_of(0, 5), row_of(1, 5), row_of(2, 5)}));
  EXPECT_EQ(judge.torn() + judge.backwards() + judge.unsorted(), 0U);
}

TEST(ScoreboardJudge, SeesHalfAnAwardAWrongSumAndAPlayerTwice) {
  ScoreboardJudge judge(seed, 2, 5);
  Scoreboard board = board_of({row_of(0, 2), row_of(1, 2)});
  --board.rows[0].standing.rounds;
  judge.look(board);
  EXPECT_EQ(judge.torn(), 1U);
  board = board_of({row_of(0, 2), row_of(1, 2)});
  ++board.points;
  judge.look(board);
  EXPECT_EQ(judge.torn(), 2U);
  judge.look(board_of({row_of(1, 2), row_of(1, 2)}));
  EXPECT_EQ(judge.torn(), 3U);
  judge.look(board_of({row_of(0, 6)}));  // more rounds than there are
  EXPECT_EQ(judge.torn(), 4U);
}

TEST(ScoreboardJudge, SeesScoresAndPlayersGoBack) {
  ScoreboardJudge judge(seed, 2, 5);
  judge.look(board_of({row_of(0, 2), row_of(1, 2)}));
  judge.look(board_of({row_of(0, 1), row_of(1, 2)}));
  EXPECT_EQ(judge.backwards(), 1U);
  judge.look(board_of({row_of(1, 2)}));
  EXPECT_EQ(judge.backwards(), 2U);
  EXPECT_EQ(judge.torn(), 0U);
}

TEST(ScoreboardJudge, SeesARankingOutOfOrder) {
  ScoreboardJudge judge(seed, 2, 5);
  Scoreboard board = board_of({row_of(0, 5), row_of(1, 1)});
  std::swap(board.rows[0], board.rows[1]);
  judge.look(board);
  EXPECT_EQ(judge.unsorted(), 1U);
  EXPECT_EQ(judge.torn(), 0U);
}

}  // namespace
}  // namespace ipcmark
