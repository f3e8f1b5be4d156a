#include "results/comparison/void_rounds.hpp"

#include <fmt/core.h>

namespace ipcmark {
namespace {

bool killed(const Trial& trial) {
  return trial.state == State::failed && trial.cause == Cause::killed;
}

// The rounds in which a worker of that side was killed, unless they are too many for bad luck.
std::vector<std::uint32_t> killed_rounds(const Cell& cell) {
  std::vector<std::uint32_t> rounds;
  for (const Trial& trial : cell.trials) {
    if (killed(trial)) rounds.push_back(trial.round);
  }
  const double share = static_cast<double>(rounds.size()) / static_cast<double>(cell.trials.size());
  if (rounds.size() > 1 && share > most_killed) rounds.clear();
  return rounds;
}

void mark(Cell& cell, std::uint32_t round, const std::string& reason) {
  for (Trial& trial : cell.trials) {
    if (trial.round != round || trial.state == State::skipped) continue;
    trial.state = State::interrupted;
    trial.cause = Cause::void_round;
    trial.reason = "void: " + reason;
  }
}

}  // namespace

std::string why_void(const RoundWitness& witness) {
  if (witness.suspended_ns > most_suspended_ns) {
    return fmt::format("the machine was suspended for {} ms", witness.suspended_ns / 1'000'000);
  }
  if (witness.steal > most_steal) {
    return fmt::format("the hypervisor took a CPU away for {:.0f} % of the time",
                       100 * witness.steal);
  }
  return {};
}

std::vector<VoidRound> declare_void(Cell& base, Cell& candidate, const std::string& key,
                                    const std::map<std::uint32_t, RoundWitness>& witnesses) {
  std::map<std::uint32_t, std::string> reasons;
  for (const auto& [round, witness] : witnesses) {
    if (std::string reason = why_void(witness); !reason.empty()) reasons[round] = std::move(reason);
  }
  for (const Cell* cell : {&base, &candidate}) {
    for (const std::uint32_t round : killed_rounds(*cell)) {
      reasons.emplace(round, "a worker was killed from outside");
    }
  }
  std::vector<VoidRound> voids;
  voids.reserve(reasons.size());
  for (const auto& [round, reason] : reasons) {
    mark(base, round, reason);
    mark(candidate, round, reason);
    voids.push_back({key, round, reason});
  }
  return voids;
}

std::string void_note(const std::vector<VoidRound>& voids) {
  if (voids.empty()) return {};
  const VoidRound& first = voids.front();
  return fmt::format("{} void, for reasons declared beforehand: {} in round {}: {}{}.",
                     voids.size() == 1 ? "A round is" : fmt::format("{} rounds are", voids.size()),
                     first.key, first.round, first.reason, voids.size() == 1 ? "" : "; ...");
}

}  // namespace ipcmark
