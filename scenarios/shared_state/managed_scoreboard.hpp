// A scoreboard of Boost.Interprocess containers in a managed segment: a map from player to score, a
// list of the players in their ranking, and the sum of all points.
//
// The segment is laid out by the same classes as that of
// boost::interprocess::managed_shared_memory, but in memory the caller maps, since that class takes
// a name under which a killed run would leave the memory behind; and without that class's own mutex
// round the allocator, so that the caller's lock alone guards everything.
//
// No call locks: whoever shares the board holds a lock around each, and trusts those it shares it
// with: the containers' links lie in that memory and are followed as they are found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "scenarios/shared_state/scoreboard_judge.hpp"

namespace ipcmark {

class ManagedScoreboard {
 public:
  // Bytes that a board for that many players needs; the memory is aligned to 64 bytes.
  static std::size_t bytes_for(std::uint32_t players);
  // Builds an empty board in `memory`, which outlives it.
  static ManagedScoreboard create(std::span<std::byte> memory);
  // The board that another process has built there.
  static ManagedScoreboard open(std::span<std::byte> memory);
  ManagedScoreboard(ManagedScoreboard&&) noexcept;
  ManagedScoreboard& operator=(ManagedScoreboard&&) noexcept;
  ~ManagedScoreboard();

  // Puts a player on the board, without points, as the last of the ranking.
  void enter(std::uint32_t player);
  // A round and its points: score, sum and ranking. For a player on the board.
  void award(std::uint32_t player, std::uint64_t points);
  Standing standing(std::uint32_t player) const;
  std::uint64_t rounds() const;     // of all players together
  void read(Scoreboard& to) const;  // in the order of the ranking; reuses the rows' memory

  // The parts of award(), for faults.
  void add_points(std::uint32_t player, std::uint64_t points);
  void count_round(std::uint32_t player);
  void add_to_sum(std::uint64_t points);
  void move_up(std::uint32_t player);
  // The opposite of award(); the ranking stays sorted.
  void take_back(std::uint32_t player, std::uint64_t points);
  std::uint64_t sum() const;
  void set_sum(std::uint64_t points);
  // The first and the last of the ranking change places.
  void swap_ends();

 private:
  struct Segment;
  explicit ManagedScoreboard(std::unique_ptr<Segment> segment);
  std::unique_ptr<Segment> segment_;
};

}  // namespace ipcmark
