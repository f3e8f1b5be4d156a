#include "results/figures/machine_states.hpp"

#include <algorithm>
#include <set>

#include "results/figures/resolution.hpp"
#include "results/figures/statistics.hpp"

namespace ipcmark {
namespace {

bool is_pair(const Canary& canary) {
  return canary.cpus.size() == 2 && canary.cpus[0] != canary.cpus[1];
}

bool read_between_cpus(const Canary& canary) {
  return canary.core_to_core_before_ns > 0 || canary.core_to_core_after_ns > 0;
}

// What was read between two CPUs around a trial.
struct Trip {
  bool unsteady;  // the trial, whichever pair told
  double before_ns, after_ns;
  // The machine was the same before and after, as far as the canary tells.
  bool quiet() const { return !unsteady && before_ns > 0 && after_ns > 0; }
};

std::optional<std::size_t> state_of(const PairStates& pair, const Trip& trip) {
  if (!trip.quiet() || pair.lowest_ns.empty()) return std::nullopt;
  const auto one = [&pair](double reading) {
    const auto above = std::upper_bound(pair.lowest_ns.begin(), pair.lowest_ns.end(), reading);
    return std::max<std::ptrdiff_t>(above - pair.lowest_ns.begin(), 1) - 1;
  };
  const auto state = one(trip.before_ns);
  if (one(trip.after_ns) != state) return std::nullopt;
  return static_cast<std::size_t>(state);
}

// Whether there was anything to look at the machine for.
bool measured(const Trial& trial) {
  return trial.state != State::skipped && trial.state != State::interrupted;
}

// A trial of one of the document's cells that watched the pair.
struct CellTrial {
  std::size_t cell;
  const Trial* trial;
  Trip trip;
};
using CellTrials = std::vector<CellTrial>;  // cell by cell

void split(const CellTrials& trials, PairStates& pair) {
  std::vector<double> readings;
  for (const CellTrial& each : trials) {
    if (!each.trip.quiet()) continue;
    readings.push_back(each.trip.before_ns);
    readings.push_back(each.trip.after_ns);
  }
  MachineStates states = group_canaries(readings);
  pair.states_ns = std::move(states.medians);
  pair.lowest_ns = std::move(states.lowest);
}

// One vote a cell: a cell that was measured more often says no more of the machine.
void elect(const CellTrials& trials, PairStates& pair) {
  std::map<std::size_t, std::vector<double>> by_cell;
  for (const CellTrial& each : trials) {
    const auto state = state_of(pair, each.trip);
    if (each.trial->state != State::passed || !state) continue;
    auto& counts = by_cell[each.cell];
    counts.resize(pair.states_ns.size());
    ++counts[*state];
  }
  std::vector<double> votes(pair.states_ns.size());
  for (const auto& [cell, counts] : by_cell) {
    double all = 0;
    for (const double count : counts) all += count;
    for (std::size_t i = 0; i < votes.size(); ++i) votes[i] += counts[i] / all;
  }
  const auto max = std::max_element(votes.begin(), votes.end());
  if (max == votes.end() || !(*max > 0)) return;
  pair.published = static_cast<std::size_t>(max - votes.begin());
}

std::size_t cells_of(const CellTrials& trials) {
  std::size_t cells = 0;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    cells += i == 0 || trials[i].cell != trials[i - 1].cell ? 1U : 0U;
  }
  return cells;
}

}  // namespace

bool all_published(const std::vector<PairState>& states) {
  return std::all_of(states.begin(), states.end(),
                     [](const PairState& each) { return each.published(); });
}

const PairState& decisive(const std::vector<PairState>& states) {
  const auto other = std::find_if(states.begin(), states.end(),
                                  [](const PairState& each) { return !each.published(); });
  return other == states.end() ? states.front() : *other;
}

MachineView::Look MachineView::look_of(const Canary& canary) {
  if (is_pair(canary) || read_between_cpus(canary)) return Look::pair;
  const bool spun = canary.spin_before_ns > 0 || canary.spin_after_ns > 0;
  return spun || !canary.cpus.empty() ? Look::one_cpu : Look::nothing;
}

std::vector<MachineView::Reading> MachineView::readings_of(const RunSpec& spec,
                                                           const Canary& canary) {
  std::vector<Reading> readings;
  const double before = canary.core_to_core_before_ns;
  const double after = canary.core_to_core_after_ns;
  if (is_pair(canary)) {
    readings.push_back({{canary.cpus, Placement::cross_cpu}, before, after});
  } else if (canary.cpus.empty() && look_of(canary) != Look::nothing) {
    // Free workers' canary was that of the default placement.
    const bool free = spec.placement == Placement::unpinned;
    readings.push_back({{{}, free ? Placement::cross_cpu : spec.placement}, before, after});
  }
  for (const CanaryPair& other : canary.others) {
    readings.push_back({{other.cpus, Placement::cross_cpu}, other.before_ns, other.after_ns});
  }
  return readings;
}

MachineView::MachineView(const ResultDocument& document)
    : clock_step_ns_(ipcmark::clock_step_ns(document.environment)) {
  std::map<Key, CellTrials> found;
  for (std::size_t cell = 0; cell < document.cells.size(); ++cell) {
    const RunSpec& spec = document.cells[cell].spec;
    std::set<Look> looks;
    for (const Trial& trial : document.cells[cell].trials) {
      for (Reading& each : readings_of(spec, trial.canary)) {
        found[std::move(each.key)].push_back(
            {cell, &trial, {trial.canary.unsteady, each.before_ns, each.after_ns}});
      }
      if (measured(trial)) looks.insert(look_of(trial.canary));
    }
    if (looks.size() > 1) uneven_[spec.key()] = *looks.rbegin();
  }
  // A build that did not name the pair left 0 also where there is no second CPU.
  std::erase_if(found, [](const auto& each) {
    return each.first.first.empty() &&
           std::none_of(each.second.begin(), each.second.end(),
                        [](const CellTrial& one) { return read_between_cpus(one.trial->canary); });
  });
  std::vector<std::pair<std::size_t, const Key*>> order;  // by the number of cells
  order.reserve(found.size());
  for (const auto& [key, trials] : found) order.emplace_back(cells_of(trials), &key);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  for (const auto& [cells, key] : order) {
    places_.emplace(*key, pairs_.size());
    PairStates& pair = pairs_.emplace_back();
    pair.cpus = key->first;
    pair.placement = key->second;
    split(found.at(*key), pair);
    elect(found.at(*key), pair);
  }
}

TrialPlace MachineView::place_of(const RunSpec& spec, const Trial& trial) const {
  const Canary& canary = trial.canary;
  if (canary.unsteady) return {{}, true};
  if (!uneven_.empty() && measured(trial)) {
    const auto max = uneven_.find(spec.key());
    if (max != uneven_.end() && look_of(canary) < max->second) return {{}, true};
  }
  TrialPlace where;
  for (const Reading& each : readings_of(spec, canary)) {
    const auto place = places_.find(each.key);
    if (place == places_.end()) continue;
    const PairStates& pair = pairs_[place->second];
    const auto state = state_of(pair, {false, each.before_ns, each.after_ns});
    if (!state) return {{}, true};
    where.states.push_back({&pair, *state});
  }
  return where;
}

bool MachineView::fits(const RunSpec& spec, const Trial& trial) const {
  const TrialPlace where = place_of(spec, trial);
  return !where.unsteady && all_published(where.states);
}

}  // namespace ipcmark
