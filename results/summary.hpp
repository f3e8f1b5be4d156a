// From the trials of a cell to the figures that are published.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/trial.hpp"

namespace ipcmark {

// A published figure: the median over trials and its binomial order-statistic interval.
struct Figure {
  std::string name;      // "round_trip", "rate", "bytes_rate", "cpu_per_message", …
  double quantile = -1;  // of the trial's histogram; -1: not a quantile
  std::string unit;
  double median = 0, low = 0, high = 0;
  double coverage =
      0;  // exact coverage of [low, high]; 0: too few trials, low and high are the range
  unsigned trials = 0;        // behind it
  std::uint64_t samples = 0;  // messages behind it, all trials
  std::uint64_t needs = 0;    // not 0: not published, needs that many samples per trial
};

struct Summary {
  State state = State::passed;  // the worst of its trials
  std::string reason;
  unsigned trials = 0, unsteady = 0;
  std::vector<Figure> figures;
  // The machine states its passed trials saw (median core-to-core round trip of each); one in the
  // good case, none when no canary was taken.
  std::vector<double> machine_states_ns;
  double machine_state_ns = 0;  // the one the figures are from; 0: all trials
  unsigned published = 0;       // trials behind the figures
  const Figure* figure(std::string_view name, double quantile = -1) const;
};

Summary summarize(const Cell& cell);

}  // namespace ipcmark
