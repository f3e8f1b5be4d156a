#include "results/comparison/pairing.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "results/figures/statistics.hpp"

namespace ipcmark {
namespace {

using Trials = std::vector<const Trial*>;

Trials of_state(const Cell& cell, const CellStates& states, int state) {
  Trials trials;
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
    if (is_void(first) || (second != nullptr && is_void(*second))) continue;
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

// All of `cells` have their readings of the same CPUs. The state of which the one of `sides` that
// has fewest trials has most, and each side's trials of it; nothing: there is none.
int choose_state(const CellStates& states, std::span<const Cell* const> sides,
                 std::vector<Trials>& chosen) {
  int best = CellStates::several;
  std::size_t most = 0;
  for (int state = CellStates::not_taken; state < states.count(); ++state) {
    std::vector<Trials> trials;
    std::size_t fewest = std::numeric_limits<std::size_t>::max();
    for (const Cell* side : sides) {
      fewest = std::min(fewest, trials.emplace_back(of_state(*side, states, state)).size());
    }
    if (fewest <= most) continue;
    most = fewest;
    best = state;
    chosen = std::move(trials);
  }
  return best;
}

SharedState shared_state(const Cell& base, const Cell& candidate,
                         std::span<const Cell* const> repeats, bool other_cpus) {
  const Cell* const both[] = {&base, &candidate};
  const std::span<const Cell* const> sides(both);
  std::vector<const Cell*> alike{&base};  // in their canaries
  if (!other_cpus) alike.push_back(&candidate);
  alike.insert(alike.end(), repeats.begin(), repeats.end());
  const CellStates states(alike);
  SharedState shared;
  std::vector<Trials> chosen(2);
  const int state = choose_state(states, other_cpus ? sides.first(1) : sides, chosen);
  if (other_cpus) {
    std::vector<Trials> theirs(1);
    choose_state(CellStates(sides.last(1)), sides.last(1), theirs);
    chosen.resize(1);
    chosen.push_back(std::move(theirs.front()));
  }
  for (const Cell* cell : repeats) {
    shared.repeats.push_back(chosen.front().empty() ? Trials{} : of_state(*cell, states, state));
  }
  shared.base = std::move(chosen.front());
  shared.candidate = std::move(chosen.back());
  const unsigned passed = count_passed(base) + count_passed(candidate);
  const auto used = static_cast<unsigned>(shared.base.size() + shared.candidate.size());
  shared.unfinished = static_cast<unsigned>(base.trials.size() + candidate.trials.size()) - passed;
  shared.elsewhere = count_passed(base) > 0 && count_passed(candidate) > 0 ? passed - used : 0;
  return shared;
}

}  // namespace ipcmark
