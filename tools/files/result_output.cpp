#include "tools/files/result_output.hpp"

#include <utility>

#include "results/export/csv.hpp"
#include "results/json/json.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

tl::expected<void, std::string> ResultOutputs::open(const std::string& json_path,
                                                    const std::string& csv_path) {
  const auto open_one = [](const std::string& path,
                           std::optional<OutputFile>& file) -> tl::expected<void, std::string> {
    if (path.empty()) return {};
    auto opened = OutputFile::open(path);
    if (!opened) return tl::make_unexpected(opened.error());
    file.emplace(std::move(*opened));
    return {};
  };
  if (auto done = open_one(json_path, json); !done) return done;
  return open_one(csv_path, csv);
}

bool ResultOutputs::write(const ResultDocument& document) {
  bool good = true;
  const auto commit = [&good](std::optional<OutputFile>& file, const std::string& content) {
    if (!file) return;
    if (auto done = file->commit(content); !done) {
      complain(done.error());
      good = false;
    }
  };
  if (json) commit(json, result_to_json(document));
  if (csv) commit(csv, result_to_csv(document));
  return good;
}

int exit_code_of(const ResultDocument& document, int stop_signal) {
  bool any = false;
  bool failed = false;
  for (const Cell& cell : document.cells) {
    for (const Trial& trial : cell.trials) {
      any = any || (trial.state != State::skipped && trial.state != State::interrupted);
      failed = failed || is_failure(trial.state);
    }
  }
  if (failed) return exit_code::correctness;
  if (stop_signal != 0) return exit_code::signal_base + stop_signal;
  return any ? exit_code::success : exit_code::nothing_ran;
}

}  // namespace ipcmark
