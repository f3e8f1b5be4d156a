// The machine's states during one run, and the one its figures are published from.
//
// A cell that fell into the machine's slow state cannot be compared with one that met the fast
// state, so the state is chosen once for a whole document: of all canaries of all trials, sorted,
// the states are split by group_canaries() (statistics.hpp); the one that most passed trials were
// in, before and after, is the document's.
#pragma once

#include <optional>
#include <vector>

#include "results/model/trial.hpp"

namespace ipcmark {

class MachineView {
 public:
  MachineView() = default;  // nobody looked at the machine: all trials are alike
  explicit MachineView(const ResultDocument& document);

  // Median core-to-core round trip of each state seen, ascending; empty: no canary was taken.
  const std::vector<double>& states_ns() const { return states_ns_; }
  // Of the document's state; 0 when no trial stayed within one.
  double published_ns() const { return published_ ? states_ns_[*published_] : 0; }

  // Which of the states the canary's two readings belong to; nothing when it was not taken or saw
  // two. A reading that is missing (0) is taken for like the other.
  std::optional<std::size_t> state_of(const Canary& canary) const;
  // Whether a trial's figures may stand beside those of the document's state. True as well where
  // nothing says otherwise: without a canary, and when no trial stayed within one state.
  bool fits(const Canary& canary) const;

 private:
  std::vector<double> states_ns_;
  std::vector<double> lowest_ns_;  // reading of each state
  std::optional<std::size_t> published_;
};

}  // namespace ipcmark
