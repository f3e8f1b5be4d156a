#include "scenarios/plan/interleave.hpp"

#include <algorithm>
#include <utility>

#include "results/splitmix.hpp"

namespace ipcmark {
namespace {

// Fisher and Yates; std::shuffle's result differs from library to library.
void shuffle(std::vector<std::size_t>& order, std::uint64_t& state) {
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[next_random(state) % i]);
  }
}

void append(const std::vector<std::size_t>& order, std::uint32_t round, std::vector<Turn>& turns) {
  for (std::size_t i = 0; i < order.size(); ++i) {
    turns.push_back({order[i], round, static_cast<std::uint32_t>(i)});
  }
}

}  // namespace

std::vector<Turn> interleave(const Program& program, const Plan& plan) {
  std::vector<Turn> turns;
  std::uint64_t state = plan.seed;
  for (std::uint32_t round = 0; round < std::max(plan.trials, plan.untimed_trials); ++round) {
    std::vector<std::size_t> order;
    for (std::size_t cell = 0; cell < plan.cells.size(); ++cell) {
      const ScenarioEntry* scenario = program.scenario(plan.cells[cell].scenario);
      const bool timed = scenario != nullptr && scenario->timed;
      if (round < (timed ? plan.trials : plan.untimed_trials)) order.push_back(cell);
    }
    shuffle(order, state);
    if (round == 0) {
      // Stable: both parts stay as they were shuffled.
      std::stable_partition(order.begin(), order.end(), [&](std::size_t cell) {
        return std::find(plan.first_table.begin(), plan.first_table.end(), cell) !=
               plan.first_table.end();
      });
    }
    append(order, round, turns);
  }
  return turns;
}

std::vector<Turn> one_round(std::vector<std::size_t> cells, std::uint32_t round,
                            std::uint64_t seed) {
  std::uint64_t state = seed + round;
  std::vector<Turn> turns;
  shuffle(cells, state);
  append(cells, round, turns);
  return turns;
}

}  // namespace ipcmark
