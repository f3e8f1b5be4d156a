#include "tools/files/result_output.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "results/export/csv.hpp"
#include "results/json/json.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

tl::expected<void, std::string> ResultOutputs::open(const std::string& json_path,
                                                    const std::string& csv_path,
                                                    const std::atomic<int>* stop) {
  if (auto done = open_output(json_path, json, stop); !done) return done;
  return open_output(csv_path, csv, stop);
}

bool ResultOutputs::write(const ResultDocument& document) {
  bool good = true;
  const auto commit = [&good](std::optional<OutputFile>& file, const std::string& content) {
    if (!file) return;
    if (auto done = file->commit_measured(content); !done) {
      print_error(done.error());
      good = false;
    }
  };
  if (json) commit(json, result_to_json(document));
  if (csv) commit(csv, result_to_csv(document));
  return good;
}

std::string journal_path_for(const std::string& json_path) {
  std::string path = name_beside(json_path, ".journal");
  if (path.empty()) return path;
  // Whatever lies there, a link too, is for the journal to judge.
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0) return path;
  const auto place = find_output_place(path);
  if (place) {
    // Tried out: a directory may be closed although the file in it is open, or the name too long.
    const Fd made(::open(place->path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (made && ::unlink(place->path.c_str()) == 0) return path;
  }
  print_error(
      fmt::format("no journal beside '{}' ({}): what is measured is lost if this run is killed",
                  json_path, place ? std::strerror(errno) : place.error()));
  return {};
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
