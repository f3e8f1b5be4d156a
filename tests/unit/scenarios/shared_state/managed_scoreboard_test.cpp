// Held to the judge that looks at it in the scenario.
#include "scenarios/shared_state/managed_scoreboard.hpp"

#include <gtest/gtest.h>

#include "scenarios/shared_state/scoreboard_judge.hpp"
#include "scenarios/traffic/message_ends.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t seed = 42;

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

}  // namespace
}  // namespace ipcmark
