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

  // Before anything is measured; an empty path: none. The error is one sentence.
  tl::expected<void, std::string> open(const std::string& json_path, const std::string& csv_path);
  // Both are tried even when one fails; false: a complaint was made.
  bool write(const ResultDocument& document);
};

// 5 a cell failed, 128 + `stop_signal` when that ended the run, 77 nothing ran, 0.
int exit_code_of(const ResultDocument& document, int stop_signal);

}  // namespace ipcmark
