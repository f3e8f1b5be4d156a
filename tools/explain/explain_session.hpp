// Trials of the cells to be explained: plain ones and traced ones in turns.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "results/explain/explained.hpp"
#include "scenarios/cleanup/manifest.hpp"
#include "scenarios/scenario.hpp"

namespace ipcmark {

struct ExplainOptions {
  std::uint32_t rounds = 8;    // of a plain, a coarse and a fine trial each
  std::uint64_t messages = 0;  // round trips of a trial; 0: by how the cell waits
  std::uint64_t seed = 1;      // of the order
  // Not 0: traced trials alone, of which every trip is stamped, until one takes that long.
  std::uint64_t break_ns = 0;
  std::uint64_t trial_timeout_ns = 0;
  const std::atomic<int>* stop_signal = nullptr;
  // Told before each trial: how many are done, of how many.
  std::function<void(std::size_t done, std::size_t trials)> progress;
  // Told why an attempt at a trial, a round, or a way of looking does not count.
  std::function<void(const std::string& why)> say;
};

// The first trip that took as long as was asked to stop at.
struct LongTrip {
  std::string key;
  std::uint32_t round = 0;
  std::size_t trip = 0;  // position among the trial's
};

struct ExplainRun {
  // In the order asked; those without a trial left out. Of a run that stopped at a long trip, the
  // trial that has it alone.
  std::vector<CellObservations> cells;
  std::optional<LongTrip> stopped_at;
  // Looked through for a long trip: traced trials that passed, and their trips.
  std::uint64_t traced_trials = 0, traced_trips = 0;
  std::vector<std::string> problems;  // one sentence for each cell that did not pass
  bool skipped = false;               // all problems are that the machine cannot
};

// What this machine and user let be seen.
Seen seen_here();

// Of cells that can be explained (scenarios/plan/plan.hpp). A round in which the machine was not
// quiet, or in another state than in most, is measured again, as many times as there are rounds at
// most. Whatever happens to a trial is a problem in the answer.
ExplainRun observe(const Program& program, const std::vector<RunSpec>& cells, Manifest& manifest,
                   const ExplainOptions& options);

// Of a document's cells those that passed and can be explained, likewise. What cannot be is said.
std::vector<ExplainedCell> explain_passed(const Program& program, const ResultDocument& document,
                                          Manifest& manifest, const ExplainOptions& options);

}  // namespace ipcmark
