#include "scenarios/shared_state/managed_scoreboard.hpp"

#include <algorithm>
#include <atomic>
#include <boost/interprocess/allocators/allocator.hpp>
#include <boost/interprocess/containers/list.hpp>
#include <boost/interprocess/containers/map.hpp>
#include <boost/interprocess/managed_external_buffer.hpp>
#include <functional>
#include <iterator>
#include <utility>

namespace ipcmark {

namespace {

namespace bip = boost::interprocess;
using Managed = bip::managed_external_buffer;
template <class T>
using Allocator = bip::allocator<T, Managed::segment_manager>;
using Scores = bip::map<std::uint32_t, Standing, std::less<>,
                        Allocator<std::pair<const std::uint32_t, Standing>>>;
using Ranking = bip::list<std::uint32_t, Allocator<std::uint32_t>>;

struct Board {
  explicit Board(Managed::segment_manager* segment)
      : scores(std::less<>{}, Allocator<std::pair<const std::uint32_t, Standing>>(segment)),
        ranking(Allocator<std::uint32_t>(segment)) {}
  Scores scores;
  Ranking ranking;
  // Atomic for the fault that changes it without the lock, while others look.
  std::atomic<std::uint64_t> sum{0};
};

constexpr const char* board_name = "board";

}  // namespace

struct ManagedScoreboard::Segment {
  Managed memory;
  Board* board = nullptr;
};

std::size_t ManagedScoreboard::bytes_for(std::uint32_t players) {
  // A node of each container takes less than 64 bytes with its header.
  constexpr std::size_t own = 4096;
  constexpr std::size_t each = 160;
  return (own + players * each + 63) / 64 * 64;
}

ManagedScoreboard ManagedScoreboard::create(std::span<std::byte> memory) {
  auto segment = std::make_unique<Segment>();
  segment->memory = Managed(bip::create_only, memory.data(), memory.size());
  segment->board =
      segment->memory.construct<Board>(board_name)(segment->memory.get_segment_manager());
  return ManagedScoreboard(std::move(segment));
}

ManagedScoreboard ManagedScoreboard::open(std::span<std::byte> memory) {
  auto segment = std::make_unique<Segment>();
  segment->memory = Managed(bip::open_only, memory.data(), memory.size());
  segment->board = segment->memory.find<Board>(board_name).first;
  return ManagedScoreboard(std::move(segment));
}

ManagedScoreboard::ManagedScoreboard(std::unique_ptr<Segment> segment)
    : segment_(std::move(segment)) {}
ManagedScoreboard::ManagedScoreboard(ManagedScoreboard&&) noexcept = default;
ManagedScoreboard& ManagedScoreboard::operator=(ManagedScoreboard&&) noexcept = default;
ManagedScoreboard::~ManagedScoreboard() = default;

void ManagedScoreboard::enter(std::uint32_t player) {
  segment_->board->scores.try_emplace(player);
  segment_->board->ranking.push_back(player);
}

void ManagedScoreboard::award(std::uint32_t player, std::uint64_t points) {
  add_points(player, points);
  count_round(player);
  add_to_sum(points);
  move_up(player);
}

Standing ManagedScoreboard::standing(std::uint32_t player) const {
  return segment_->board->scores.at(player);
}

std::uint64_t ManagedScoreboard::rounds() const {
  std::uint64_t all = 0;
  for (const auto& [player, standing] : segment_->board->scores) all += standing.rounds;
  return all;
}

void ManagedScoreboard::read(Scoreboard& to) const {
  const Board& board = *segment_->board;
  to.rows.clear();
  to.rows.reserve(board.ranking.size());
  for (const std::uint32_t player : board.ranking) {
    to.rows.push_back({player, board.scores.at(player)});
  }
  to.points = sum();
}

void ManagedScoreboard::add_points(std::uint32_t player, std::uint64_t points) {
  segment_->board->scores.at(player).points += points;
}

void ManagedScoreboard::count_round(std::uint32_t player) {
  ++segment_->board->scores.at(player).rounds;
}

void ManagedScoreboard::add_to_sum(std::uint64_t points) { set_sum(sum() + points); }

void ManagedScoreboard::move_up(std::uint32_t player) {
  Board& board = *segment_->board;
  const std::uint64_t points = board.scores.at(player).points;
  auto place = std::find(board.ranking.begin(), board.ranking.end(), player);
  while (place != board.ranking.begin()) {
    const auto above = std::prev(place);
    if (board.scores.at(*above).points >= points) return;
    std::iter_swap(above, place);
    place = above;
  }
}

void ManagedScoreboard::take_back(std::uint32_t player, std::uint64_t points) {
  Board& board = *segment_->board;
  Standing& standing = board.scores.at(player);
  standing.points -= points;
  --standing.rounds;
  set_sum(sum() - points);
  auto place = std::find(board.ranking.begin(), board.ranking.end(), player);
  for (auto below = std::next(place); below != board.ranking.end(); place = below++) {
    if (board.scores.at(*below).points <= standing.points) return;
    std::iter_swap(below, place);
  }
}

std::uint64_t ManagedScoreboard::sum() const {
  return segment_->board->sum.load(std::memory_order_relaxed);
}

void ManagedScoreboard::set_sum(std::uint64_t points) {
  segment_->board->sum.store(points, std::memory_order_relaxed);
}

void ManagedScoreboard::swap_ends() {
  Ranking& ranking = segment_->board->ranking;
  if (!ranking.empty()) std::swap(ranking.front(), ranking.back());
}

}  // namespace ipcmark
