// Two programs, or two sets of cells, measured in turns in one run: what `ipcmark ab` does between
// its options and its verdict.
//
// Each trial is run by the program it belongs to (`PROGRAM trial --spec -`, trial_protocol.hpp), so
// that builds of different age can take part. Order, canaries and void rounds are this program's
// business and the same for both.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "results/comparison/ab_schedule.hpp"
#include "results/comparison/void_rounds.hpp"
#include "results/model/trial.hpp"
#include "scenarios/scenario.hpp"

namespace ipcmark {

struct AbContender {
  std::string program;         // a path, or a name that a shell would find
  std::vector<RunSpec> cells;  // as many as the other has; cell i is compared with its cell i
  // Of `PROGRAM trial`, beside --spec: --runner where its cells need one.
  std::vector<std::string> options = {};
};

struct AbOptions {
  std::uint32_t rounds = 30;      // at most
  std::uint32_t first_round = 0;  // fresh rounds after others go on counting; even
  std::uint64_t for_ns = 0;       // begin no round after that; 0: no limit
  std::uint64_t seed = 1;
  std::uint64_t trial_timeout_ns = 0;               // 0: by what each trial plans
  std::map<std::string, std::string> runners = {};  // what the results say of those that take part
  const std::atomic<int>* stop_signal = nullptr;
  // Its layouts tell between which CPUs a cell's canaries are taken; null: between the first two.
  const Program* program = nullptr;
};

// Told what happens, on the caller's thread.
class AbObserver {
 public:
  virtual ~AbObserver() = default;
  virtual void trial_ended(const RunSpec&, AbSide, const Trial&) {}
  // `round`: how many are done, of `rounds`. Once with 0 before the first.
  virtual void round_ended(std::uint32_t /*round*/, std::uint32_t /*rounds*/) {}
};

struct AbMeasured {
  ResultDocument a, b;           // the same number of cells, in the contenders' order
  std::vector<VoidRound> voids;  // those that the canaries found are not among them (pairing.hpp)
  std::uint32_t rounds = 0;      // of all cells
  std::uint32_t again = 0;       // after these, of the cells that had void ones
  std::vector<std::string> notes = {};  // on what a program was asked otherwise than the other
  bool interrupted = false;
};

struct AbProblem {
  std::string sentence;
  bool incomparable = false;  // other format, other kind of build; else: it cannot be run at all
};

// Asks both for a short trial first: what does not work at all, or must not be compared, is known
// before anything is measured. After that whatever happens is the trial's state. A cell that was
// skipped or failed on one side is not run in later rounds, unless a worker was killed.
//
// An option that a program says it does not know is left out of what it is asked, with a note,
// where the cell has its default. Where it has not, the first cell's is a problem; another cell's
// trial is skipped.
//
// Void rounds are measured again after the others, of the cells that had some, as many times as it
// takes and at most as many rounds as were measured already; none once for_ns is over.
tl::expected<AbMeasured, AbProblem> run_ab(const AbContender& a, const AbContender& b,
                                           const AbOptions& options, AbObserver& observer);

}  // namespace ipcmark
