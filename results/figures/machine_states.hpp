// The machine's states during one run, and the one its figures are published from.
//
// A cell that fell into the machine's slow state cannot be compared with one that met the fast
// state, so the state is chosen once for all cells. What a round trip between two CPUs costs
// depends on the two as well (threads of one core, cores, sockets), so all of this is done for each
// pair of CPUs by itself: the canaries of the quiet trials on that pair, sorted, are split by
// group_canaries() (statistics.hpp). The state of the pair is the one with most votes, where each
// cell has one, divided among the states as its quiet trials are. A trial that used several pairs
// is in a state of each of those that were watched.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <tuple>
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

// One of the states of a pair.
struct PairState {
  const PairStates* pair;
  std::size_t state;
  bool published() const { return pair->published == state; }
  double ns() const { return pair->states_ns[state]; }
  bool operator==(const PairState&) const = default;
  bool operator<(const PairState& other) const {
    return std::tie(pair, state) < std::tie(other.pair, other.state);
  }
};

// Where a trial stands among the states of the machine.
struct TrialPlace {
  // Of each pair of CPUs that was watched, in the order of its canary. Empty: it is in no state,
  // because it was unsteady, or because no canary tells anything of it.
  std::vector<PairState> states;
  // The machine changed meanwhile, or could not be looked at though the cell's other trials show
  // that somebody looked: alike to no other trial.
  bool unsteady = false;
};
// Whether all of them are the ones that are published. True of none.
bool all_published(const std::vector<PairState>& states);
// The one that tells them from what is published, else the first. `states` is not empty.
const PairState& decisive(const std::vector<PairState>& states);

// What a document tells of its machine.
class MachineView {
 public:
  MachineView() = default;  // nobody looked at the machine: all trials are alike
  explicit MachineView(const ResultDocument& document);

  // Those that the document's cells used, the one of most cells first; empty: no canary was taken.
  const std::vector<PairStates>& pairs() const { return pairs_; }
  // In which steps its clock moves; 0: not known.
  double clock_step_ns() const { return clock_step_ns_; }
  // `trial` is one of a cell of that spec. Valid as long as this view.
  TrialPlace place_of(const RunSpec& spec, const Trial& trial) const;
  // Whether a trial's figures may stand beside those of the state that is published: it was in
  // that state before and after, or no canary tells anything of it. Where a CPU alone was looked
  // at, it has no states, but must not have changed.
  bool fits(const RunSpec& spec, const Trial& trial) const;

 private:
  using Key = std::pair<std::vector<int>, Placement>;
  // What a canary read of one pair.
  struct Reading {
    Key key;
    double before_ns, after_ns;
  };
  // What a canary looked at.
  enum class Look { nothing, one_cpu, pair };
  static Look look_of(const Canary& canary);
  static std::vector<Reading> readings_of(const RunSpec& spec, const Canary& canary);
  std::vector<PairStates> pairs_;
  std::map<Key, std::size_t> places_;  // in `pairs_`
  // Of cells whose trials were not all looked at alike, by key: the most that was looked at.
  std::map<std::string, Look> uneven_;
  double clock_step_ns_ = 0;
};

}  // namespace ipcmark
