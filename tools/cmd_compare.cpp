// ipcmark compare and gate: two stored results, figure by figure.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "results/fingerprint.hpp"
#include "tools/commands.hpp"
#include "tools/comparison_output.hpp"
#include "tools/exit_code.hpp"
#include "tools/result_file.hpp"
#include "tools/terminal.hpp"

namespace ipcmark {

namespace {

constexpr std::size_t most_differences = 5;

// An exit code after a complaint, or nothing and the document.
std::optional<int> read(const std::string& path, ResultDocument& document) {
  auto read = read_result_file(path);
  if (read) {
    document = std::move(*read);
    return std::nullopt;
  }
  complain(read.error());
  return is_newer_result(path) ? exit_code::incomparable : exit_code::usage;
}

bool same_machine(const std::string& base_path, const ResultDocument& base,
                  const std::string& other_path, const ResultDocument& other) {
  std::vector<std::string> differences =
      fingerprint_differences(base.environment, other.environment);
  if (differences.empty()) return true;
  std::string more;
  if (differences.size() > most_differences) {
    more = fmt::format("; and {} more", differences.size() - most_differences);
    differences.resize(most_differences);
  }
  complain(fmt::format(
      "incomparable: '{}' and '{}' are from different machines, settings or kinds of build ({}{}); "
      "measure both under the same conditions",
      base_path, other_path, fmt::join(differences, "; "), more));
  return false;
}

void complain_of_missing(const Comparison& comparison) {
  const auto say = [](const std::vector<std::string>& cells, const char* side) {
    if (cells.empty()) return;
    complain(fmt::format("incomparable: the {} lacks {} cell{} ({}{}); measure the same cells",
                         side, cells.size(), cells.size() == 1 ? "" : "s", cells.front(),
                         cells.size() == 1 ? "" : "; ..."));
  };
  say(comparison.missing_in_candidate, "candidate");
  say(comparison.missing_in_base, "base");
}

}  // namespace

int compare(const CompareOptions& options) {
  ResultDocument base;
  ResultDocument candidate;
  if (const auto code = read(options.base, base)) return *code;
  if (const auto code = read(options.candidate, candidate)) return *code;
  if (!same_machine(options.base, base, options.candidate, candidate)) {
    return exit_code::incomparable;
  }
  std::vector<ResultDocument> repeats;
  for (const std::string& path : options.repeats) {
    if (const auto code = read(path, repeats.emplace_back())) return *code;
    if (!same_machine(options.base, base, path, repeats.back())) return exit_code::incomparable;
  }
  auto output = ComparisonOutput::open(options.output);
  if (!output) {
    complain(output.error());
    return exit_code::usage;
  }
  ComparisonOptions how;
  how.threshold = options.threshold;
  Comparison comparison = compare_results(base, candidate, repeats, how);
  comparison.base.name = options.base;
  comparison.candidate.name = options.candidate;
  if (!output->write(comparison)) return exit_code::usage;
  complain_of_missing(comparison);
  const int code = verdict_code(comparison, options.fail_on_inconclusive);
  if (options.gate || code == exit_code::incomparable || code == exit_code::nothing_ran)
    return code;
  return exit_code::success;
}

}  // namespace ipcmark
