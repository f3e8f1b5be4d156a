// Which trials of one cell in two results may be compared with each other: those that passed while
// the machine stayed in one state, and only with trials of the same state.
//
// Whether a warm-up became steady is no condition: it is a result of the build under test, and to
// leave out what is unsteady would leave out what became worse.
//
// States are distinguished for each cell and each pair of CPUs that its canaries watched, by the
// usable trials on all sides together (group_canaries() in statistics.hpp). A trial during which
// the machine changed gives no reading: what lies between two states would join them. Two pairs of
// CPUs have no state in common.
#pragma once

#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "results/comparison/ab_schedule.hpp"
#include "results/model/trial.hpp"

namespace ipcmark {

// Passed, and the canary did not move meanwhile.
bool usable(const Trial& trial);

// The states of the machine that the usable trials of one cell saw, in several results. A state is
// that of every pair of CPUs that was watched.
class CellStates {
 public:
  // Of a trial without a canary, or of one on a single CPU; all such trials are alike.
  static constexpr int not_taken = -1;
  // Of a trial that was in one state before and in another after, or that has but one reading.
  static constexpr int several = -2;

  explicit CellStates(std::span<const Cell* const> cells);
  // `trial` is one of a cell of that spec.
  int of(const RunSpec& spec, const Trial& trial) const;
  int count() const { return static_cast<int>(numbers_.size()); }  // they are 0 and above
  // Whether no pair that both watched was in another state in the one than in the other. Not of
  // trials that saw several.
  bool alike(const RunSpec& spec, const Trial& trial, const RunSpec& other_spec,
             const Trial& other) const;

 private:
  struct Reading {
    std::vector<int> pair;
    double before_ns, after_ns;
  };
  using States = std::vector<std::pair<std::vector<int>, int>>;  // by pair
  using CellTrial = std::pair<const RunSpec*, const Trial*>;     // and the spec of its cell
  std::set<std::vector<int>> watched_by_all(const std::vector<CellTrial>& trials) const;
  std::vector<Reading> readings_of(const RunSpec& spec, const Canary& canary) const;
  int of_reading(const std::vector<int>& pair, double reading) const;
  States states_of(const RunSpec& spec, const Trial& trial) const;
  // Builds that did not name the pair took it from the placement. Where one did not, what the
  // others name does not count against it.
  bool named_ = true;
  // The pairs that all have watched. Where there are some, what only some have watched (builds of
  // different age) does not count against the others.
  std::set<std::vector<int>> common_;
  std::map<std::vector<int>, std::vector<double>>
      lowest_ns_;                  // reading of each, ascending; by pair
  std::map<States, int> numbers_;  // those of usable trials
};

struct TrialPair {
  const Trial* base = nullptr;
  const Trial* candidate = nullptr;
  int state = CellStates::not_taken;
};

// A round in which the machine changed its state: between the canaries of a trial or from one trial
// to the other. `last`: whose trial had run last when it was found.
struct MovedRound {
  std::uint32_t round = 0;
  AbSide last = AbSide::b;
};

// Two builds that took turns: the two trials of a round, when both are usable and saw the same
// state. Where the two sides are placed differently, their canaries may be of different pairs of
// CPUs, which have no state in common: the round counts when neither saw a change. Pairs of
// different states stay together, because each compares its two builds in one state and the sign
// test asks no more; the median of the ratios then speaks for the machine as it was.
struct Rounds {
  std::vector<TrialPair> pairs;
  unsigned unfinished = 0;  // rounds with a trial that is missing or did not pass
  std::vector<MovedRound> moved;
};
Rounds pair_rounds(const Cell& base, const Cell& candidate);
// How many of that many rounds are still to be measured in place of void ones: what did not finish
// is no void round.
std::uint32_t rounds_lacking(const Cell& base, const Cell& candidate, std::uint32_t rounds);

// Two stored results: the trials of the one state of which both sides have most. `other_cpus`: they
// are of different CPUs, whose canaries have no state in common; each side's are of the state of
// which it has most, and the repeats are of the base's machine.
struct SharedState {
  std::vector<const Trial*> base, candidate;
  std::vector<std::vector<const Trial*>> repeats;  // of the same state, in the order given
  // Trials of base and candidate that do not take part: those that did not pass, and those that
  // passed but saw the machine change, or were in other states.
  unsigned unfinished = 0, elsewhere = 0;
  // Set where no trial takes part because the canaries of the two sides watched different CPUs, so
  // that what differs may be the CPUs: these.
  std::vector<int> base_cpus, candidate_cpus;
};
SharedState shared_state(const Cell& base, const Cell& candidate,
                         std::span<const Cell* const> repeats, bool other_cpus = false);

}  // namespace ipcmark
