// Trials of the cells to be explained: plain ones and traced ones in turns.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "results/explain/explanation.hpp"
#include "scenarios/cleanup/manifest.hpp"
#include "scenarios/scenario.hpp"

namespace ipcmark {

struct ExplainOptions {
  std::uint32_t rounds = 8;    // of a plain, a coarse and a fine trial each
  std::uint64_t messages = 0;  // round trips of a trial; 0: by how the cell waits
  std::uint64_t seed = 1;      // of the order
  std::uint64_t trial_timeout_ns = 0;
  const std::atomic<int>* stop_signal = nullptr;
  // Told before each trial: how many are done, of how many.
  std::function<void(std::size_t done, std::size_t trials)> progress;
  // Told why an attempt at a trial, or a way of looking, does not count.
  std::function<void(const std::string& why)> say;
};

struct ExplainRun {
  std::vector<CellObservations> cells;  // in the order asked; those without a trial left out
  std::vector<std::string> problems;    // one sentence for each cell that did not pass
  bool skipped = false;                 // all problems are that the machine cannot
};

// Cells of the scenario `latency`. Whatever happens to a trial is a problem in the answer.
ExplainRun observe(const Program& program, const std::vector<RunSpec>& cells, Manifest& manifest,
                   const ExplainOptions& options);

}  // namespace ipcmark
