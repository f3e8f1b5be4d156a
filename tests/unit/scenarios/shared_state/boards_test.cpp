// The pure judges of the scoreboard, sensor and monitor scenarios, fed directly.
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "scenarios/shared_state/latest_view.hpp"
#include "scenarios/shared_state/managed_scoreboard.hpp"
#include "scenarios/shared_state/scoreboard_judge.hpp"
#include "scenarios/shared_state/sensor_readings.hpp"
#include "scenarios/traffic/message_ends.hpp"

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

TEST(ManagedScoreboard, KeepsScoresSumAndRankingForAllWhoOpenIt) {
  constexpr std::uint32_t players = 120;
  const MessageBuffer memory(ManagedScoreboard::bytes_for(players));
  ManagedScoreboard board = ManagedScoreboard::create(memory.span());
  for (std::uint32_t player = 0; player < players; ++player) board.enter(player);
  ScoreboardJudge judge(seed, players, 3);
  Scoreboard shown;
  ManagedScoreboard other = ManagedScoreboard::open(memory.span());
  for (std::uint64_t round = 0; round < 3; ++round) {
    for (std::uint32_t player = 0; player < players; ++player) {
      board.award(player, points_of(seed, player, round));
      other.read(shown);
      judge.look(shown);
    }
  }
  EXPECT_EQ(shown.rows.size(), players);
  EXPECT_EQ(judge.torn() + judge.backwards() + judge.unsorted(), 0U);
  board.take_back(7, points_of(seed, 7, 2));
  other.read(shown);
  judge.look(shown);
  EXPECT_EQ(judge.backwards(), 1U);
  EXPECT_EQ(judge.torn() + judge.unsorted(), 0U);
}

TEST(ReadingAccount, OfTheSeedsReadingsIsTheSeedsAnswer) {
  ReadingAccount account;
  for (std::uint64_t i = 0; i < 20; ++i) account.enter(i, reading_value(i));
  account.end();
  EXPECT_EQ(account.readings(), 20U);
  EXPECT_NEAR(account.average(), 24.845, 1e-6);
  EXPECT_EQ(account.average(), average_reading(20));
  EXPECT_EQ(account.skipped() + account.backwards() + account.torn() + account.wrong_averages(),
            0U);
}

TEST(ReadingAccount, SeesWhatIsMissingAgainTornAndLate) {
  ReadingAccount account;
  for (const std::uint64_t i : {0U, 1U, 3U, 3U, 2U, 4U, 5U, 6U, 7U, 8U}) {
    account.enter(i, reading_value(i));
  }
  EXPECT_EQ(account.skipped(), 1U);
  EXPECT_EQ(account.backwards(), 2U);
  EXPECT_GT(account.wrong_averages(), 0U);
  account.enter(9, reading_value(8));
  EXPECT_EQ(account.torn(), 1U);
  account.end();
  account.enter(10, reading_value(10));
  EXPECT_EQ(account.after_end(), 1U);
}

TEST(ReadingAccount, StaysExactOverManyReadings) {
  ReadingAccount account;
  for (std::uint64_t i = 0; i < 200'000; ++i) account.enter(i, reading_value(i));
  EXPECT_EQ(account.wrong_averages(), 0U);
  EXPECT_EQ(account.average(), average_reading(200'000));
}

TEST(LatestView, TakesWhatIsNewerAndSeesWhatIsTornOrOlder) {
  LatestView view(2);
  const auto sample = [](std::uint64_t number) {
    return Sample{number, sample_value(1, number), 0};
  };
  EXPECT_FALSE(view.enter(1, {}));
  EXPECT_TRUE(view.enter(1, sample(3)));
  EXPECT_FALSE(view.enter(1, sample(3)));
  EXPECT_EQ(view.torn() + view.backwards(), 0U);
  EXPECT_FALSE(view.enter(1, sample(2)));
  EXPECT_EQ(view.backwards(), 1U);
  EXPECT_FALSE(view.enter(0, sample(4)));  // the value of another sensor
  EXPECT_EQ(view.torn(), 1U);
  EXPECT_EQ(view.latest(1), 3U);
  EXPECT_EQ(view.latest(0), 0U);
}

}  // namespace
}  // namespace ipcmark
