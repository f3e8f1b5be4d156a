#include "results/comparison/ab_schedule.hpp"

#include <utility>

#include "results/splitmix.hpp"

namespace ipcmark {
namespace {

// A stream of its own for each purpose, so that one does not shift another.
std::uint64_t stream(std::uint64_t seed, std::uint64_t purpose, std::uint64_t index) {
  std::uint64_t state = seed ^ (purpose << 56U);
  state = next_random(state) ^ index;
  return next_random(state);
}

constexpr std::uint64_t for_order = 1;
constexpr std::uint64_t for_first = 2;

}  // namespace

std::vector<AbTurn> ab_round(std::size_t cells, std::uint64_t seed, std::uint32_t round) {
  std::vector<AbTurn> turns(cells);
  std::uint64_t firsts = stream(seed, for_first, round / 2);
  for (std::size_t cell = 0; cell < cells; ++cell) {
    const bool b_begins_block = (next_random(firsts) >> 63U) != 0;
    const bool b_first = b_begins_block != (round % 2 != 0);
    turns[cell] = {cell, b_first ? AbSide::b : AbSide::a};
  }
  std::uint64_t order = stream(seed, for_order, round);
  for (std::size_t i = turns.size(); i > 1; --i) {  // Fisher and Yates
    std::swap(turns[i - 1], turns[next_random(order) % i]);
  }
  return turns;
}

}  // namespace ipcmark
