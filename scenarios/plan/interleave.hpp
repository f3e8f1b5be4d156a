// In which order the trials of a plan run.
#pragma once

#include <cstdint>
#include <vector>

#include "scenarios/plan/plan.hpp"

namespace ipcmark {

struct Turn {
  std::size_t cell;
  std::uint32_t round, position;
};
// Every cell once per round, shuffled within the round by the seed; in the first round those of
// `first_table` come before the others, both shuffled. A cell whose scenario is not timed runs in
// the first `untimed_trials` rounds only.
std::vector<Turn> interleave(const Program& program, const Plan& plan);

// One more round, of these cells only, shuffled by seed and round.
std::vector<Turn> one_round(std::vector<std::size_t> cells, std::uint32_t round,
                            std::uint64_t seed);

}  // namespace ipcmark
