#include "results/comparison/pairing.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <set>

#include "results/figures/statistics.hpp"

namespace ipcmark {
namespace {

using Trials = std::vector<const Trial*>;

Trials of_state(const Cell& cell, const CellStates& states, int state) {
  Trials trials;
  for (const Trial& trial : cell.trials) {
    if (usable(trial) && states.of(cell.spec, trial) == state) trials.push_back(&trial);
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

// The CPUs that the usable trials of the cell watched first.
std::set<std::vector<int>> first_cpus(const Cell& cell) {
  std::set<std::vector<int>> pairs;
  for (const Trial& trial : cell.trials) {
    if (usable(trial) && !trial.canary.cpus.empty()) pairs.insert(trial.canary.cpus);
  }
  return pairs;
}

// Where they have none in common, those that the two sides watched.
void name_cpus(const Cell& base, const Cell& candidate, SharedState& shared) {
  const auto ours = first_cpus(base);
  const auto theirs = first_cpus(candidate);
  const auto in_theirs = [&theirs](const auto& pair) { return theirs.contains(pair); };
  if (ours.empty() || theirs.empty() || std::any_of(ours.begin(), ours.end(), in_theirs)) return;
  shared.base_cpus = *ours.begin();
  shared.candidate_cpus = *theirs.begin();
}

bool changed(const Trial& trial, int state) {
  return trial.canary.unsteady || state == CellStates::several;
}

}  // namespace

bool usable(const Trial& trial) { return trial.state == State::passed && !trial.canary.unsteady; }

CellStates::CellStates(std::span<const Cell* const> cells) {
  std::vector<CellTrial> seen;
  for (const Cell* cell : cells) {
    for (const Trial& trial : cell->trials) {
      if (!usable(trial)) continue;
      seen.emplace_back(&cell->spec, &trial);
      const bool read = trial.canary.core_to_core_before_ns > 0;
      if (read && trial.canary.cpus.empty()) named_ = false;
    }
  }
  common_ = watched_by_all(seen);
  std::map<std::vector<int>, std::vector<double>> readings;
  for (const auto& [spec, trial] : seen) {
    for (const Reading& each : readings_of(*spec, trial->canary)) {
      readings[each.pair].push_back(each.before_ns);
      readings[each.pair].push_back(each.after_ns);
    }
  }
  for (const auto& [pair, all] : readings) lowest_ns_[pair] = group_canaries(all).lowest;
  for (const auto& [spec, trial] : seen) {
    const States states = states_of(*spec, *trial);
    const bool whole = std::all_of(states.begin(), states.end(),
                                   [](const auto& each) { return each.second >= 0; });
    if (whole && !states.empty()) numbers_.emplace(states, 0);
  }
  int number = 0;
  for (auto& [states, its_number] : numbers_) its_number = number++;
}

std::set<std::vector<int>> CellStates::watched_by_all(const std::vector<CellTrial>& trials) const {
  std::optional<std::set<std::vector<int>>> all;
  for (const auto& [spec, trial] : trials) {
    std::set<std::vector<int>> pairs;
    for (const Reading& each : readings_of(*spec, trial->canary)) pairs.insert(each.pair);
    if (pairs.empty()) continue;
    if (!all) all = pairs;
    std::erase_if(*all, [&pairs](const auto& pair) { return !pairs.contains(pair); });
  }
  return all.value_or(std::set<std::vector<int>>{});
}

std::vector<CellStates::Reading> CellStates::readings_of(const RunSpec& spec,
                                                         const Canary& canary) const {
  std::vector<Reading> readings;
  const double before = canary.core_to_core_before_ns;
  const double after = canary.core_to_core_after_ns;
  if (named_ && canary.cpus.size() == 2) {
    readings.push_back({canary.cpus, before, after});
  } else if (before > 0 || after > 0) {
    readings.push_back({{static_cast<int>(spec.placement)}, before, after});
  }
  for (const CanaryPair& other : canary.others) {
    readings.push_back({other.cpus, other.before_ns, other.after_ns});
  }
  if (common_.empty()) return readings;
  std::erase_if(readings, [this](const Reading& each) { return !common_.contains(each.pair); });
  return readings;
}

int CellStates::of_reading(const std::vector<int>& pair, double reading) const {
  const auto found = lowest_ns_.find(pair);
  if (!(reading > 0) || found == lowest_ns_.end() || found->second.empty()) return not_taken;
  const std::vector<double>& lowest = found->second;
  const auto above = std::upper_bound(lowest.begin(), lowest.end(), reading);
  return std::max(static_cast<int>(above - lowest.begin()) - 1, 0);
}

CellStates::States CellStates::states_of(const RunSpec& spec, const Trial& trial) const {
  States states;
  for (const Reading& each : readings_of(spec, trial.canary)) {
    const int before = of_reading(each.pair, each.before_ns);
    const int after = of_reading(each.pair, each.after_ns);
    // One that could not be taken is no quiet one either.
    states.emplace_back(each.pair, before == after && before >= 0 ? before : several);
  }
  return states;
}

int CellStates::of(const RunSpec& spec, const Trial& trial) const {
  const States states = states_of(spec, trial);
  if (states.empty()) return not_taken;
  const auto found = numbers_.find(states);
  return found == numbers_.end() ? several : found->second;
}

bool CellStates::alike(const RunSpec& spec, const Trial& trial, const RunSpec& other_spec,
                       const Trial& other) const {
  const States ours = states_of(spec, trial);
  const States theirs = states_of(other_spec, other);
  // Nobody looked at the one, and somebody at the other: they may have been alike or not.
  const auto unknown = [](const States& states, const Trial& of) {
    return states.empty() && of.canary.cpus.empty();
  };
  if (spec.placement == other_spec.placement && unknown(ours, trial) != unknown(theirs, other)) {
    return false;
  }
  return std::all_of(ours.begin(), ours.end(), [&theirs](const auto& each) {
    return std::none_of(theirs.begin(), theirs.end(), [&each](const auto& one) {
      return one.first == each.first && one.second != each.second;
    });
  });
}

Rounds pair_rounds(const Cell& base, const Cell& candidate) {
  const Cell* const both[] = {&base, &candidate};
  const CellStates states(both);
  Rounds rounds;
  for (const Trial& first : base.trials) {
    const Trial* second = of_round(candidate, first.round);
    if (is_void(first) || (second != nullptr && is_void(*second))) continue;
    if (second == nullptr || first.state != State::passed || second->state != State::passed) {
      ++rounds.unfinished;
      continue;
    }
    const int ours = states.of(base.spec, first);
    const int theirs = states.of(candidate.spec, *second);
    const bool base_first = first.position <= second->position;
    const bool by_base = changed(first, ours);
    const bool by_candidate = changed(*second, theirs);
    if (by_base || by_candidate || !states.alike(base.spec, first, candidate.spec, *second)) {
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

// The state of which the one of `sides` that has fewest trials has most, and each side's trials of
// it; nothing: there is none.
int choose_state(const CellStates& states, std::span<const Cell* const> sides,
                 std::vector<Trials>& chosen) {
  int best = CellStates::several;
  std::size_t max = 0;
  for (int state = CellStates::not_taken; state < states.count(); ++state) {
    std::vector<Trials> trials;
    std::size_t fewest = std::numeric_limits<std::size_t>::max();
    for (const Cell* side : sides) {
      fewest = std::min(fewest, trials.emplace_back(of_state(*side, states, state)).size());
    }
    if (fewest <= max) continue;
    max = fewest;
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
  if (used == 0) name_cpus(base, candidate, shared);
  return shared;
}

}  // namespace ipcmark
