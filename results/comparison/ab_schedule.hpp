// Whose turn it is when two builds are measured in one run: a pure function of the seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ipcmark {

enum class AbSide : std::uint8_t { a, b };
inline AbSide other(AbSide side) { return side == AbSide::a ? AbSide::b : AbSide::a; }

// The two trials of one cell in one round, one right after the other: a pair.
struct AbTurn {
  std::size_t cell = 0;
  AbSide first = AbSide::a;
  bool operator==(const AbTurn&) const = default;
};

// A round has every cell once, in an order drawn anew. Two rounds are a block: what goes first in
// one goes second in the other (ABBA), so that neither side gains by its place, and which of the
// two begins is drawn for each block and cell. Since the draw has nothing to do with the machine,
// under "both are alike" either sign of a pair is equally likely, whatever the machine does.
std::vector<AbTurn> ab_round(std::size_t cells, std::uint64_t seed, std::uint32_t round);

}  // namespace ipcmark
