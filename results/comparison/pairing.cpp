#include "results/comparison/pairing.hpp"

#include <algorithm>
#include <cstddef>

#include "results/figures/statistics.hpp"

namespace ipcmark {
namespace {

std::vector<const Trial*> of_state(const Cell& cell, const CellStates& states, int state) {
  std::vector<const Trial*> trials;
  for (const Trial& trial : cell.trials) {
    if (usable(trial) && states.of(trial) == state) trials.push_back(&trial);
  }
  return trials;
}

unsigned count_passed(const Cell& cell) {
  return static_cast<unsigned>(
      std::count_if(cell.trials.begin(), cell.trials.end(),
                    [](const Trial& trial) { return trial.state == State::passed; }));
}

const Trial* of_round(const Cell& cell, std::uint32_t round) {
  const auto found = std::find_if(cell.trials.begin(), cell.trials.end(),
                                  [round](const Trial& trial) { return trial.round == round; });
  return found == cell.trials.end() ? nullptr : &*found;
}

bool is_void(const Trial& trial) { return trial.cause == Cause::void_round; }

}  // namespace

bool usable(const Trial& trial) { return trial.state == State::passed && !trial.canary.unsteady; }

CellStates::CellStates(std::span<const Cell* const> cells) {
  std::vector<double> readings;
  for (const Cell* cell : cells) {
    for (const Trial& trial : cell->trials) {
      if (!usable(trial)) continue;
      readings.push_back(trial.canary.core_to_core_before_ns);
      readings.push_back(trial.canary.core_to_core_after_ns);
    }
  }
  MachineStates states = group_canaries(readings);
  medians_ns_ = std::move(states.medians);
  lowest_ns_.assign(medians_ns_.size(), 0);
  for (std::size_t i = 0; i < readings.size(); ++i) {
    if (states.group[i] < 0) continue;
    double& lowest = lowest_ns_[static_cast<std::size_t>(states.group[i])];
    lowest = lowest == 0 ? readings[i] : std::min(lowest, readings[i]);
  }
}

int CellStates::of_reading(double reading) const {
  if (!(reading > 0) || lowest_ns_.empty()) return not_taken;
  const auto above = std::upper_bound(lowest_ns_.begin(), lowest_ns_.end(), reading);
  return std::max(static_cast<int>(above - lowest_ns_.begin()) - 1, 0);
}

int CellStates::of(const Trial& trial) const {
  const int before = of_reading(trial.canary.core_to_core_before_ns);
  const int after = of_reading(trial.canary.core_to_core_after_ns);
  if (before == not_taken || after == not_taken) return std::max(before, after);
  return before == after ? before : several;
}

Rounds pair_rounds(const Cell& base, const Cell& candidate) {
  const Cell* const both[] = {&base, &candidate};
  const CellStates states(both);
  Rounds rounds;
  for (const Trial& first : base.trials) {
    const Trial* second = of_round(candidate, first.round);
    if (is_void(first) || (second != nullptr && is_void(*second))) {
      ++rounds.declared;
      continue;
    }
    if (second == nullptr || first.state != State::passed || second->state != State::passed) {
      ++rounds.unfinished;
      continue;
    }
    const bool base_first = first.position <= second->position;
    const Trial& earlier = base_first ? first : *second;
    const Trial& later = base_first ? *second : first;
    const int state = states.of(earlier);
    const bool by_earlier = earlier.canary.unsteady || state == CellStates::several;
    if (by_earlier || later.canary.unsteady || state != states.of(later)) {
      rounds.moved.push_back({first.round, by_earlier == base_first ? AbSide::a : AbSide::b});
      continue;
    }
    rounds.pairs.push_back({&first, second, state});
  }
  return rounds;
}

std::uint32_t rounds_lacking(const Cell& base, const Cell& candidate, std::uint32_t rounds) {
  const Rounds seen = pair_rounds(base, candidate);
  const auto counted = static_cast<std::uint32_t>(seen.pairs.size()) + seen.unfinished;
  return rounds > counted ? rounds - counted : 0;
}

SharedState shared_state(const Cell& base, const Cell& candidate,
                         std::span<const Cell* const> repeats) {
  std::vector<const Cell*> all{&base, &candidate};
  all.insert(all.end(), repeats.begin(), repeats.end());
  const CellStates states(all);
  SharedState shared;
  int chosen = CellStates::several;
  std::size_t most = 0;
  for (int state = CellStates::not_taken; state < static_cast<int>(states.medians_ns().size());
       ++state) {
    auto ours = of_state(base, states, state);
    auto theirs = of_state(candidate, states, state);
    if (std::min(ours.size(), theirs.size()) <= most) continue;
    most = std::min(ours.size(), theirs.size());
    chosen = state;
    shared.base = std::move(ours);
    shared.candidate = std::move(theirs);
  }
  for (const Cell* cell : repeats) {
    shared.repeats.push_back(most > 0 ? of_state(*cell, states, chosen)
                                      : std::vector<const Trial*>{});
  }
  if (chosen >= 0) shared.state_ns = states.medians_ns()[static_cast<std::size_t>(chosen)];
  const unsigned passed = count_passed(base) + count_passed(candidate);
  const auto used = static_cast<unsigned>(shared.base.size() + shared.candidate.size());
  shared.unfinished = static_cast<unsigned>(base.trials.size() + candidate.trials.size()) - passed;
  shared.elsewhere = count_passed(base) > 0 && count_passed(candidate) > 0 ? passed - used : 0;
  return shared;
}

}  // namespace ipcmark
