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

// Whether the canaries of both are of the same two CPUs, so that one state of the machine would
// look alike in them. Builds that do not name these took them from the placement.
bool same_pair(const RunSpec& spec, const Trial& trial, const RunSpec& other_spec,
               const Trial& other) {
  return trial.canary.cpus == other.canary.cpus &&
         (!trial.canary.cpus.empty() || spec.placement == other_spec.placement);
}

bool changed(const Trial& trial, int state) {
  return trial.canary.unsteady || state == CellStates::several;
}

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
  lowest_ns_ = std::move(states.lowest);
}

int CellStates::of_reading(double reading) const {
  if (!(reading > 0) || lowest_ns_.empty()) return not_taken;
  const auto above = std::upper_bound(lowest_ns_.begin(), lowest_ns_.end(), reading);
  return std::max(static_cast<int>(above - lowest_ns_.begin()) - 1, 0);
}

int CellStates::of(const Trial& trial) const {
  const int before = of_reading(trial.canary.core_to_core_before_ns);
  const int after = of_reading(trial.canary.core_to_core_after_ns);
  return before == after ? before : several;  // one that could not be taken is no quiet one either
}

Rounds pair_rounds(const Cell& base, const Cell& candidate) {
  const Cell* const both[] = {&base, &candidate};
  const CellStates together(both);
  const std::span<const Cell* const> sides(both);
  const CellStates of_base(sides.first(1));
  const CellStates of_candidate(sides.last(1));
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
    const bool one_pair = same_pair(base.spec, first, candidate.spec, *second);
    const int ours = (one_pair ? together : of_base).of(first);
    const int theirs = (one_pair ? together : of_candidate).of(*second);
    const bool base_first = first.position <= second->position;
    const bool by_base = changed(first, ours);
    const bool by_candidate = changed(*second, theirs);
    if (by_base || by_candidate || (one_pair && ours != theirs)) {
      const bool by_earlier = base_first ? by_base : by_candidate;
      rounds.moved.push_back({first.round, by_earlier == base_first ? AbSide::a : AbSide::b});
      continue;
    }
    rounds.pairs.push_back({&first, second, ours});
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
