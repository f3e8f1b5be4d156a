#include "results/figures/machine_states.hpp"

#include <algorithm>
#include <cstddef>

#include "results/figures/statistics.hpp"

namespace ipcmark {
namespace {

bool taken(const Canary& canary) {
  return canary.core_to_core_before_ns > 0 || canary.core_to_core_after_ns > 0;
}

template <class Visit>  // visit(const Trial&)
void each_trial(const ResultDocument& document, Visit visit) {
  for (const Cell& cell : document.cells) {
    for (const Trial& trial : cell.trials) visit(trial);
  }
}

}  // namespace

MachineView::MachineView(const ResultDocument& document) {
  std::vector<double> readings;
  each_trial(document, [&readings](const Trial& trial) {
    readings.push_back(trial.canary.core_to_core_before_ns);
    readings.push_back(trial.canary.core_to_core_after_ns);
  });
  MachineStates states = group_canaries(readings);
  states_ns_ = std::move(states.medians);
  lowest_ns_.assign(states_ns_.size(), 0);
  for (std::size_t i = 0; i < readings.size(); ++i) {
    if (states.group[i] < 0) continue;
    double& lowest = lowest_ns_[static_cast<std::size_t>(states.group[i])];
    lowest = lowest == 0 ? readings[i] : std::min(lowest, readings[i]);
  }
  std::vector<std::size_t> trials(states_ns_.size());
  each_trial(document, [&](const Trial& trial) {
    if (trial.state != State::passed) return;
    if (const auto state = state_of(trial.canary)) ++trials[*state];
  });
  const auto most = std::max_element(trials.begin(), trials.end());
  if (most != trials.end() && *most > 0) {
    published_ = static_cast<std::size_t>(most - trials.begin());
  }
}

std::optional<std::size_t> MachineView::state_of(const Canary& canary) const {
  if (!taken(canary) || lowest_ns_.empty()) return std::nullopt;
  const auto one = [this](double reading) {
    const auto above = std::upper_bound(lowest_ns_.begin(), lowest_ns_.end(), reading);
    return static_cast<std::size_t>(std::max<std::ptrdiff_t>(above - lowest_ns_.begin(), 1)) - 1;
  };
  const double before = canary.core_to_core_before_ns;
  const double after = canary.core_to_core_after_ns;
  const std::size_t state = one(before > 0 ? before : after);
  if (after > 0 && one(after) != state) return std::nullopt;
  return state;
}

bool MachineView::fits(const Canary& canary) const {
  return !published_ || !taken(canary) || state_of(canary) == published_;
}

}  // namespace ipcmark
