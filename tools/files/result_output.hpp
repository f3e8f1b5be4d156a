// Where the result of a measurement goes, and what it means for the exit code: run and load alike.
#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "results/model/trial.hpp"
#include "tools/files/output_file.hpp"

namespace ipcmark {

struct ResultOutputs {
  std::optional<OutputFile> json, csv;

  // Before anything is measured; an empty path: none. `stop` as in OutputFile::open(). The error is
  // one sentence.
  tl::expected<void, std::string> open(const std::string& json_path, const std::string& csv_path,
                                       const std::atomic<int>* stop);
  // Both are tried even when one fails, and saved elsewhere then; false: an error message was
  // printed.
  bool write(const ResultDocument& document);
};

// Where the journal of a result goes: beside it. Empty where there is none: for a stream, and, with
// an error message, where no file can be made.
std::string journal_path_for(const std::string& json_path);

// 5 a cell failed, 128 + `stop_signal` when that ended the run, 77 nothing ran, 0.
int exit_code_of(const ResultDocument& document, int stop_signal);

}  // namespace ipcmark
