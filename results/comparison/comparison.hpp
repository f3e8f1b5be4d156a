// Two results compared with each other, figure by figure, with a verdict for each gated one.
//
// What is gated, and from which change on, says minimum_effect() in published.hpp; how a verdict
// comes about, gate_statistics.hpp; which trials take part, pairing.hpp.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "results/comparison/fingerprint.hpp"
#include "results/comparison/gate_statistics.hpp"
#include "results/comparison/threshold.hpp"
#include "results/comparison/trial_counts.hpp"
#include "results/comparison/variation.hpp"
#include "results/comparison/void_rounds.hpp"
#include "results/figures/published.hpp"
#include "results/model/trial.hpp"

namespace ipcmark {

// The same cell on both sides; the cells belong to the documents, which must outlive it.
struct CellPair {
  std::string key;  // what it is called in the comparison
  const Cell* base = nullptr;
  const Cell* candidate = nullptr;
  std::vector<const Cell*> repeats;  // of an unchanged build, run several times; may be empty
  std::string unmeasured = {};  // why neither side has a trial that came to an end; empty: one has
};

// How the cells of two results go together, by their keys.
struct Matching {
  std::vector<CellPair> pairs;  // in the base's order
  // What one side has not measured, with the reason: "KEY: not in it", "KEY: skipped: …".
  std::vector<std::string> missing_in_base, missing_in_candidate;
  std::vector<std::string> in_neither;  // that no side set out to measure, with the reason
  std::vector<std::string> failed;      // of the candidate's cells without a pair, with the reason
};
// A cell that was skipped on both sides is missing on none, and one of which no trial came to an
// end on either side is a pair; a failed one is not missing.
Matching match_cells(const ResultDocument& base, const ResultDocument& candidate,
                     const std::vector<ResultDocument>& repeats);

struct ComparisonOptions {
  bool rounds = false;      // both took turns: trials of one round are a pair. Else: stored results
  bool other_cpus = false;  // stored results: of different kinds of CPU, compared across them
  std::vector<Threshold> thresholds;  // in place of the figures' own
  unsigned cpus = 0;         // of the machine; more processes than that are not gated. 0: not known
  double clock_step_ns = 0;  // of the clock behind times; 0: not known (resolution.hpp)
  bool repeats = false;      // stored results: runs of an unchanged build were given
  const Variation* variation = nullptr;  // stored results: what such runs said before, or nothing
};

// One figure of one cell. Ratios are candidate over base, whichever is better.
struct ComparedFigure {
  std::string key;
  std::string name;
  double quantile = -1;  // -1: not a quantile
  Unit unit = Unit::count;
  FigureEntry entry;                                  // as the base's catalogue declares it
  std::vector<double> base_values, candidate_values;  // of the trials; paired: in the same order
  double base = 0, candidate = 0;                     // medians
  RunToRun between;  // how much runs of one build differ, where that is known
  Ratio ratio;
  bool gated = false;
  double limit = 0;                          // 1 + the minimum effect, of a gated one
  Judgement judgement;                       // of a gated one
  std::optional<std::uint64_t> more_rounds;  // INCONCLUSIVE for noise: about how many more decide
  std::string note;                          // why it is INCONCLUSIVE, or not gated
  // Name of the figure in whose place it is judged, because the clock's step is too coarse for that
  // one; empty: in its own.
  std::string in_place_of;
  double step_ns = 0;  // of the clock, by which the interval is widened and the tests are hardened
  bool is(Verdict verdict) const { return gated && judgement.verdict == verdict; }
};

// "p50", "rate", "CPU/msg": what it is called in a table.
std::string label_of(const ComparedFigure& figure);

struct Side {
  std::string name;  // file or program
  std::string run_id, version, revision, started;
  bool shared_machine = false;
  std::string host;  // these three as in RunInfo
  std::map<std::string, std::string> labels;
  std::string shard;
};

struct Comparison {
  Side base, candidate;
  bool rounds = false;
  bool interrupted = false;  // verdicts were withheld
  std::vector<Threshold> thresholds;
  std::vector<Difference> across;       // what was found to differ and is compared nevertheless
  std::size_t cells = 0;                // that both sides have
  unsigned repeats = 0;                 // runs behind the run-to-run variation; 0: not known
  std::vector<ComparedFigure> figures;  // cell by cell
  std::vector<std::string> failed;      // cells of the candidate that failed, with the reason
  // Cells that one side has not, and gated figures that one side measured in no trial.
  std::vector<std::string> missing_in_base, missing_in_candidate;
  std::vector<CellTrials> trials;  // cell by cell
  std::vector<std::string> notes;  // what limits the verdicts, one sentence each
  // Of these, what leaves unjudged that which was to be judged: no verdict stands for it.
  std::vector<std::string> unjudged;
  std::vector<VoidRound> voids;  // rounds that count for nothing, with the reason
  std::size_t count(Verdict verdict) const;
  std::size_t gated() const;
};

// Sides, missing cells, repeats and what it is compared across are the caller's to fill in.
Comparison compare_cells(const std::vector<CellPair>& pairs, const Catalogue& catalogue,
                         const ComparisonOptions& options);
// Both, for two documents that have been found comparable (fingerprint.hpp).
Comparison compare_results(const ResultDocument& base, const ResultDocument& candidate,
                           const std::vector<ResultDocument>& repeats,
                           const ComparisonOptions& options);
// Of two builds, or two settings, that took turns: cell i of one belongs to cell i of the other,
// and round r to round r. void rounds have been declared already (void_rounds.hpp).
Comparison compare_rounds(const ResultDocument& base, const ResultDocument& candidate,
                          std::vector<VoidRound> voids, ComparisonOptions options);
// Of rounds that did not all take place: the figures stay, none is gated, and `why` is their note.
// Who ends a run may have looked at it, and a verdict at a chosen moment is none.
void withhold_verdicts(Comparison& comparison, const std::string& why);
// Empty, or one sentence about the first threshold that fits none of the figures that are judged,
// where the comparison is whole and judges any.
std::string unused_threshold(const Comparison& comparison);
// One name for two cells: "latency/pipe=>fifo/64B/block/cross-cpu"; of equal keys just the key.
std::string joint_key(const std::string& base, const std::string& candidate);

}  // namespace ipcmark
