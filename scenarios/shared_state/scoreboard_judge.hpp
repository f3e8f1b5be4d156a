// What a scoreboard shows, and whether it can be true. Pure.
//
// The points of an award follow from the seed, the player and the round, so that whoever sees how
// many rounds a player has to his name knows how many points must stand beside them.
#pragma once

#include <cstdint>
#include <vector>

namespace ipcmark {

// 10 to 100.
std::uint64_t points_of(std::uint64_t seed, std::uint32_t player, std::uint64_t round);
// Of the rounds 0 … rounds-1 together.
std::uint64_t points_until(std::uint64_t seed, std::uint32_t player, std::uint64_t rounds);

struct Standing {
  std::uint64_t rounds = 0;
  std::uint64_t points = 0;
};

// The whole board at one moment.
struct Scoreboard {
  struct Row {
    std::uint32_t player = 0;
    Standing standing;
  };
  std::vector<Row> rows;     // the best first
  std::uint64_t points = 0;  // of all players together, kept beside the rows
};

// Holds every look at a board against itself and against the look before. A board passes when its
// rows and its sum belong to one moment, no player's score is less than it was, nobody has left,
// and the best stand first.
class ScoreboardJudge {
 public:
  // `rounds`: how many each player has to play.
  ScoreboardJudge(std::uint64_t seed, std::uint32_t players, std::uint64_t rounds);

  void look(const Scoreboard& board);

  // Looks that were wrong in that way.
  std::uint64_t torn() const { return torn_; }
  std::uint64_t backwards() const { return backwards_; }
  std::uint64_t unsorted() const { return unsorted_; }

 private:
  // False: not what that player can have.
  bool true_of(std::uint32_t player, const Standing& standing);

  std::uint64_t seed_, rounds_;
  std::vector<Standing> last_;  // of each player: rounds as last seen, and what they must bring
  std::vector<bool> seen_;      // scratch of look()
  std::size_t present_ = 0;     // players on the board at the last look
  std::uint64_t torn_ = 0, backwards_ = 0, unsorted_ = 0;
};

}  // namespace ipcmark
