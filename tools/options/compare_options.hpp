// The options of `ipcmark compare`, `gate` and what `ab` shares with them, from words to values.
#pragma once

#include <string>
#include <vector>

#include "results/comparison/threshold.hpp"
#include "tools/files/comparison_output.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace ipcmark {

struct CompareOptions {
  std::string base, candidate;        // results of `ipcmark run --json`
  std::vector<std::string> repeats;   // results of an unchanged build
  std::string variation;              // what such results said before: a file; empty: none
  std::string variation_out;          // what these say is written here; empty: nowhere
  std::vector<Threshold> thresholds;  // in place of the figures' own
  std::vector<std::string> across;    // kinds of facts that may differ
  bool gate = false;                  // verdicts decide the exit code
  FailOn fail_on;
  ComparisonOutputOptions output;
};

// "3%" and "0.5 %"; without the sign 0.03 could be meant either way. Refuses what is no share.
double fraction_from(const std::string& option, const std::string& word);
// `options` must outlive the parse.
void add_compare_options(CLI::App& command, CompareOptions& options);
void add_threshold_option(CLI::App& command, std::vector<Threshold>& thresholds);
// --fail-on-inconclusive and --fail-on-improvement
void add_fail_options(CLI::App& command, FailOn& fail_on);
void add_comparison_outputs(CLI::App& command, ComparisonOutputOptions& options);

}  // namespace ipcmark
