// Where a comparison goes, and what it means for the exit code: compare, gate and ab alike.
#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "results/comparison/comparison.hpp"
#include "tools/files/output_file.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

struct ComparisonOutputOptions {
  std::string json, markdown;  // files; empty: none
  bool all = false;            // the table shows what is not gated, too
  ColorChoice color = ColorChoice::automatic;
};

class ComparisonOutput {
 public:
  // Opens the files, before anything is measured. `stop` as in OutputFile::open(). The error is one
  // sentence.
  static tl::expected<ComparisonOutput, std::string> open(const ComparisonOutputOptions& options,
                                                          const std::atomic<int>* stop = nullptr);
  // The table to stdout, the rest to the files. `measured`: it cannot be had again from files, and
  // is saved elsewhere where one cannot be written. False: an error message was printed.
  bool write(const Comparison& comparison, bool measured);

 private:
  explicit ComparisonOutput(const ComparisonOutputOptions& options) : options_(options) {}
  ComparisonOutputOptions options_;
  std::optional<OutputFile> json_, markdown_;
};

// Which verdicts count beside a regression and too few rounds.
struct FailOn {
  bool inconclusive = false;
  bool improvement = false;
};

// The gravest finding decides: 5 a cell of the candidate failed, 3 a run was ended early, 1 a
// regression (or, where asked, an improvement), 3 a cell or figure on one side only, 4 too few
// rounds, or nothing judged of what was to be (or, where asked, inconclusive), 77 nothing to
// compare, 0.
int verdict_code(const Comparison& comparison, FailOn fail_on);

}  // namespace ipcmark
