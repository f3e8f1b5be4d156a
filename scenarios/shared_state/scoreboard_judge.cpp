#include "scenarios/shared_state/scoreboard_judge.hpp"

#include <algorithm>

#include "results/splitmix.hpp"

namespace ipcmark {

std::uint64_t points_of(std::uint64_t seed, std::uint32_t player, std::uint64_t round) {
  const std::uint64_t place = (std::uint64_t{player} << 40U) + round;
  constexpr std::uint64_t min = 10;
  constexpr std::uint64_t max = 100;
  return min + mixed(seed + splitmix_step * place) % (max - min + 1);
}

std::uint64_t points_until(std::uint64_t seed, std::uint32_t player, std::uint64_t rounds) {
  std::uint64_t sum = 0;
  for (std::uint64_t round = 0; round < rounds; ++round) sum += points_of(seed, player, round);
  return sum;
}

ScoreboardJudge::ScoreboardJudge(std::uint64_t seed, std::uint32_t players, std::uint64_t rounds)
    : seed_(seed), rounds_(rounds), last_(players), seen_(players) {}

bool ScoreboardJudge::true_of(std::uint32_t player, const Standing& standing) {
  Standing& last = last_[player];
  if (standing.rounds > rounds_) return false;
  if (standing.rounds < last.rounds) {
    last = {standing.rounds, points_until(seed_, player, standing.rounds)};
  }
  for (; last.rounds < standing.rounds; ++last.rounds) {
    last.points += points_of(seed_, player, last.rounds);
  }
  return standing.points == last.points;
}

void ScoreboardJudge::look(const Scoreboard& board) {
  bool whole = true;
  bool fallen = board.rows.size() < present_;
  bool sorted = true;
  std::uint64_t points = 0;
  std::fill(seen_.begin(), seen_.end(), false);
  const Scoreboard::Row* above = nullptr;
  for (const Scoreboard::Row& row : board.rows) {
    if (row.player >= last_.size() || seen_[row.player]) {
      whole = false;
      continue;
    }
    seen_[row.player] = true;
    fallen = fallen || row.standing.rounds < last_[row.player].rounds;
    whole = true_of(row.player, row.standing) && whole;
    points += row.standing.points;
    sorted = sorted && (above == nullptr || above->standing.points >= row.standing.points);
    above = &row;
  }
  present_ = board.rows.size();
  torn_ += whole && points == board.points ? 0U : 1U;
  backwards_ += fallen ? 1U : 0U;
  unsorted_ += sorted ? 0U : 1U;
}

}  // namespace ipcmark
