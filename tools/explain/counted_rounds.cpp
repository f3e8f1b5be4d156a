#include "tools/explain/counted_rounds.hpp"

#include <map>
#include <utility>

#include "results/figures/machine_states.hpp"

namespace ipcmark {

std::vector<std::set<std::uint32_t>> counted_rounds(std::vector<Cell> cells, std::size_t looks) {
  ResultDocument document;
  document.cells = std::move(cells);
  const MachineView machine(document);
  std::vector<std::set<std::uint32_t>> all;
  for (const Cell& cell : document.cells) {
    std::map<std::uint32_t, std::size_t> fit;
    for (const Trial& trial : cell.trials) {
      if (trial.state != State::passed || !machine.fits(cell.spec, trial)) continue;
      ++fit[trial.round];
    }
    std::set<std::uint32_t>& rounds = all.emplace_back();
    for (const auto& [round, trials] : fit) {
      if (trials >= looks) rounds.insert(round);
    }
  }
  return all;
}

}  // namespace ipcmark
