#include "results/figures/machine_states.hpp"

#include <algorithm>

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

// The machine was the same before and after, as far as the canary tells.
bool quiet(const Canary& canary) {
  return !canary.unsteady && canary.core_to_core_before_ns > 0 && canary.core_to_core_after_ns > 0;
}

std::optional<std::size_t> state_of(const PairStates& pair, const Canary& canary) {
  if (!quiet(canary) || pair.lowest_ns.empty()) return std::nullopt;
  const auto one = [&pair](double reading) {
    const auto above = std::upper_bound(pair.lowest_ns.begin(), pair.lowest_ns.end(), reading);
    return std::max<std::ptrdiff_t>(above - pair.lowest_ns.begin(), 1) - 1;
  };
  const auto state = one(canary.core_to_core_before_ns);
  if (one(canary.core_to_core_after_ns) != state) return std::nullopt;
  return static_cast<std::size_t>(state);
}

// A trial of one of the document's cells.
struct CellTrial {
  std::size_t cell;
  const Trial* trial;
};
using CellTrials = std::vector<CellTrial>;  // cell by cell

void split(const CellTrials& trials, PairStates& pair) {
  std::vector<double> readings;
  for (const auto& [cell, trial] : trials) {
    if (!quiet(trial->canary)) continue;
    readings.push_back(trial->canary.core_to_core_before_ns);
    readings.push_back(trial->canary.core_to_core_after_ns);
  }
  MachineStates states = group_canaries(readings);
  pair.states_ns = std::move(states.medians);
  pair.lowest_ns = std::move(states.lowest);
}

// One vote a cell: a cell that was measured more often says no more of the machine.
void elect(const CellTrials& trials, PairStates& pair) {
  std::map<std::size_t, std::vector<double>> by_cell;
  for (const auto& [cell, trial] : trials) {
    const auto state = state_of(pair, trial->canary);
    if (trial->state != State::passed || !state) continue;
    auto& counts = by_cell[cell];
    counts.resize(pair.states_ns.size());
    ++counts[*state];
  }
  std::vector<double> votes(pair.states_ns.size());
  for (const auto& [cell, counts] : by_cell) {
    double all = 0;
    for (const double count : counts) all += count;
    for (std::size_t i = 0; i < votes.size(); ++i) votes[i] += counts[i] / all;
  }
  const auto most = std::max_element(votes.begin(), votes.end());
  if (most == votes.end() || !(*most > 0)) return;
  pair.published = static_cast<std::size_t>(most - votes.begin());
}

std::size_t cells_of(const CellTrials& trials) {
  std::size_t cells = 0;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    cells += i == 0 || trials[i].cell != trials[i - 1].cell ? 1U : 0U;
  }
  return cells;
}

}  // namespace

std::optional<MachineView::Key> MachineView::key_of(const RunSpec& spec, const Canary& canary) {
  if (is_pair(canary)) return Key{canary.cpus, Placement::cross_cpu};
  const bool looked =
      read_between_cpus(canary) || canary.spin_before_ns > 0 || canary.spin_after_ns > 0;
  if (!canary.cpus.empty() || !looked) return std::nullopt;
  // Free workers' canary was that of the default placement.
  const bool free = spec.placement == Placement::unpinned;
  return Key{{}, free ? Placement::cross_cpu : spec.placement};
}

MachineView::MachineView(const ResultDocument& document)
    : clock_step_ns_(ipcmark::clock_step_ns(document.environment)) {
  std::map<Key, CellTrials> found;
  for (std::size_t cell = 0; cell < document.cells.size(); ++cell) {
    for (const Trial& trial : document.cells[cell].trials) {
      if (auto key = key_of(document.cells[cell].spec, trial.canary)) {
        found[*std::move(key)].push_back({cell, &trial});
      }
    }
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

TrialPlace MachineView::place_of(const RunSpec& spec, const Canary& canary) const {
  const auto key = key_of(spec, canary);
  const auto place = key ? places_.find(*key) : places_.end();
  if (place == places_.end()) return {};
  const PairStates& pair = pairs_[place->second];
  return {&pair, state_of(pair, canary)};
}

bool MachineView::fits(const RunSpec& spec, const Canary& canary) const {
  const TrialPlace where = place_of(spec, canary);
  return (where.pair == nullptr && !canary.unsteady) ||
         (where.state && where.state == where.pair->published);
}

}  // namespace ipcmark
