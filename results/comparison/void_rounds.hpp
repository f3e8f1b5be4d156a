// Which rounds of two builds count for nothing, for reasons that were declared beforehand.
//
// All of them are the machine's: it was suspended, a hypervisor took a CPU away, the CPU quota of
// the control group was used up, the machine changed its state, or a trial's processes were kept
// from running so often that its own program gave it up. A void round is void for both sides, so
// that no choice is made by what came out; it stays in the results, and by name in the comparison.
// A trial that fails, whatever ended it, is a failure of its side and no void round; one whose
// warm-up became not steady counts as any other.
//
// What made a round void may still be one side's doing (a build that heats the CPU until it is
// slowed down, or uses up the quota), so they are counted by the side whose trial had run last when
// it was found.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "results/comparison/ab_schedule.hpp"
#include "results/model/trial.hpp"

namespace ipcmark {

enum class VoidReason : std::uint8_t { suspended, steal, throttled, state, trial };
// "suspended", "steal", "throttled", "state", "trial": in documents.
const char* to_string(VoidReason reason);

// What the kernel saw of the machine during one round of one cell, or its first trial.
struct RoundWitness {
  std::uint64_t suspended_ns = 0;  // CLOCK_BOOTTIME's lead over CLOCK_MONOTONIC grew by that
  double steal = 0;         // share of the time that the hypervisor ran others on one of our CPUs
  double throttled = 0;     // share of the time that our control group had no CPU time left; the
                            // kernel adds that up over CPUs
  AbSide last = AbSide::b;  // whose trial had run last
};

inline constexpr double max_steal = 0.05;
inline constexpr double max_throttled = 0.05;
inline constexpr std::uint64_t max_suspended_ns = 1'000'000;

struct VoidRound {
  std::string key;
  std::uint32_t round = 0;
  VoidReason why = VoidReason::state;
  std::string reason;
  AbSide last = AbSide::b;  // whose trial had run last when it was found; a: the base
};

// Nothing: the round counts. The key is left empty.
std::optional<VoidRound> why_void(const RoundWitness& witness);

// Marks the trials of void rounds on both sides (state interrupted, reason "void round: …").
// Void as well are rounds of which a trial came back void from its program. `witnesses`: by round;
// a round without one is not void by them. Rounds in which the canaries moved are not marked:
// pair_rounds() (pairing.hpp) finds them. Doing it again changes nothing.
std::vector<VoidRound> declare_void(Cell& base, Cell& candidate, const std::string& key,
                                    const std::map<std::uint32_t, RoundWitness>& witnesses);

// "all its 6 rounds are void: its processes were stopped for a while (6)": of a cell that has
// trials and all of them void, whatever program declared them so; nothing: of another.
std::optional<std::string> all_void(const Cell& cell);

// One sentence about all of them, with their numbers by reason and by side, and a second one when
// one side has more than chance explains; empty when there are none.
std::vector<std::string> void_notes(const std::vector<VoidRound>& voids);

}  // namespace ipcmark
