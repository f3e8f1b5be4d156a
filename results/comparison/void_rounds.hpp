// Which rounds of two builds count for nothing, for reasons that were declared beforehand.
//
// A void round is void for both sides, so that no choice is made by what came out. It stays in the
// results as an interrupted trial with its reason, and in the comparison by name. A round in which
// the machine changed its state is found by the canaries (pairing.hpp) and left out as well.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "results/model/trial.hpp"

namespace ipcmark {

// What the kernel saw of the machine during one round of one cell.
struct RoundWitness {
  std::uint64_t elapsed_ns = 0;
  std::uint64_t suspended_ns = 0;  // CLOCK_BOOTTIME's lead over CLOCK_MONOTONIC grew by that
  double steal = 0;  // share of the time that the hypervisor ran others on one of our CPUs
};

inline constexpr double most_steal = 0.05;
inline constexpr std::uint64_t most_suspended_ns = 1'000'000;
// A worker killed by SIGKILL was killed by somebody else. Where that befalls more than this share
// of a cell's rounds (and more than one), it is the program's own doing and counts as its failure.
inline constexpr double most_killed = 0.1;

// Empty: none.
std::string why_void(const RoundWitness& witness);

struct VoidRound {
  std::string key;
  std::uint32_t round = 0;
  std::string reason;
};
// Marks the trials of void rounds on both sides (state interrupted, reason "void: …").
// `witnesses`: by round; a round without one is judged by its trials alone.
std::vector<VoidRound> declare_void(Cell& base, Cell& candidate, const std::string& key,
                                    const std::map<std::uint32_t, RoundWitness>& witnesses);
// One sentence for all of them; empty when there are none.
std::string void_note(const std::vector<VoidRound>& voids);

}  // namespace ipcmark
