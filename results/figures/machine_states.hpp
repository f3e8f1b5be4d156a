// The machine's states during one run, and the one its figures are published from.
//
// A cell that fell into the machine's slow state cannot be compared with one that met the fast
// state, so the state is chosen once for all cells. What a round trip between two CPUs costs
// depends on the two as well (threads of one core, cores, sockets), so all of this is done for each
// pair of CPUs by itself: the canaries of the quiet trials on that pair, sorted, are split by
// group_canaries() (statistics.hpp). The state of the pair is the one with most votes, where each
// cell has one, divided among the states as its quiet trials are.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "results/model/trial.hpp"

namespace ipcmark {

// The states that the canaries of one pair of CPUs tell.
struct PairStates {
  // The pair. Empty of documents that do not name it: the canary was then between the CPUs of the
  // cell's placement, so that the cells of one placement stand for a pair.
  std::vector<int> cpus;
  Placement placement = Placement::cross_cpu;
  std::vector<double> states_ns;         // median of each, ascending; empty: no trial was quiet
  std::vector<double> lowest_ns;         // reading of each
  std::optional<std::size_t> published;  // nothing: no trial that passed was quiet
  double published_ns() const { return published ? states_ns[*published] : 0; }
};

// Where a trial stands among the states of the machine.
struct TrialPlace {
  const PairStates* pair = nullptr;  // null: no canary tells anything of it
  std::optional<std::size_t> state;  // of the pair's; nothing: it was not quiet, and is in none
  bool unsteady() const { return pair != nullptr && !state; }
};

// What a document tells of its machine.
class MachineView {
 public:
  MachineView() = default;  // nobody looked at the machine: all trials are alike
  explicit MachineView(const ResultDocument& document);

  // Those that the document's cells used, the one of most cells first; empty: no canary was taken.
  const std::vector<PairStates>& pairs() const { return pairs_; }
  // In which steps its clock moves; 0: not known.
  double clock_step_ns() const { return clock_step_ns_; }
  // Valid as long as this view.
  TrialPlace place_of(const RunSpec& spec, const Canary& canary) const;
  // Whether a trial's figures may stand beside those of the state that is published: it was in
  // that state before and after, or no canary tells anything of it. Where a CPU alone was looked
  // at, it has no states, but must not have changed.
  bool fits(const RunSpec& spec, const Canary& canary) const;

 private:
  using Key = std::pair<std::vector<int>, Placement>;
  static std::optional<Key> key_of(const RunSpec& spec, const Canary& canary);
  std::vector<PairStates> pairs_;
  std::map<Key, std::size_t> places_;  // in `pairs_`
  double clock_step_ns_ = 0;
};

}  // namespace ipcmark
