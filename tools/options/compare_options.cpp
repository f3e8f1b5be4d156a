#include "tools/options/compare_options.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "results/comparison/fingerprint.hpp"
#include "tools/options/run_options.hpp"

namespace ipcmark {

double fraction_from(const std::string& name, const std::string& word) {
  char* end = nullptr;
  const double percent = std::strtod(word.c_str(), &end);
  while (*end == ' ') ++end;
  if (end == word.c_str() || std::string(end) != "%" || !(percent > 0 && percent <= 1000)) {
    throw CLI::ValidationError(
        name, fmt::format("'{}' is not a share; write one such as 3% or 0.5%", word));
  }
  return percent / 100;
}

void add_threshold_option(CLI::App& command, std::vector<Threshold>& thresholds) {
  command
      .add_option_function<std::vector<std::string>>(
          "--threshold",
          [&thresholds](const std::vector<std::string>& words) {
            for (const std::string& word : words) {
              auto read = thresholds_from(word);
              if (!read) throw CLI::ValidationError("--threshold", read.error());
              thresholds.insert(thresholds.end(), read->begin(), read->end());
            }
          },
          "Smallest change that counts\n"
          "For the worse. Of one figure: p99=20%. Of some cells: 'latency/pipe/*:10%' or "
          "'latency/pipe/*:p99=20%'.")
      ->default_str("5%, p99 10%")
      ->allow_extra_args(false)
      ->type_name("LIST");
}

void add_fail_options(CLI::App& command, FailOn& fail_on) {
  command.add_flag("--fail-on-inconclusive", fail_on.inconclusive,
                   "Exit with 4 when a figure is too noisy to tell\nA gated one.");
  command.add_flag(
      "--fail-on-improvement", fail_on.improvement,
      "Exit with 1 when a figure improved, too\nA gated one: an alarm for any change.");
}

void add_comparison_outputs(CLI::App& command, ComparisonOutputOptions& options) {
  command.add_flag("--all", options.all, "Show the figures that are not gated, too")
      ->group("Output");
  command.add_option("--json", options.json, "Write the comparison here, as JSON")
      ->type_name("FILE")
      ->group("Output");
  command
      .add_option("--markdown", options.markdown,
                  "Write the comparison here, as Markdown\nFor a comment or a page.")
      ->type_name("FILE")
      ->group("Output");
  add_color_option(command, options.color)->group("Output");
}

namespace {

void add_across_option(CLI::App& command, std::vector<std::string>& across) {
  command
      .add_option_function<std::vector<std::string>>(
          "--across",
          [&across](const std::vector<std::string>& words) {
            const std::vector<std::string> kinds = difference_kinds();
            for (const std::string& word : words) {
              if (std::find(kinds.begin(), kinds.end(), word) == kinds.end()) {
                throw CLI::ValidationError(
                    "--across", fmt::format("'{}' is no kind of facts; these are: {}", word,
                                            fmt::join(kinds, ", ")));
              }
              across.push_back(word);
            }
          },
          fmt::format(
              "Differences to allow: {}\nOf the machine and the build. Every verdict says so.",
              fmt::join(difference_kinds(), ",")))
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST");
}

}  // namespace

void add_compare_options(CLI::App& command, CompareOptions& options) {
  command.add_option("BASE", options.base, "Result of the old state, by 'ipcmark run --json'")
      ->required()
      ->type_name("");
  command.add_option("CANDIDATE", options.candidate, "Result of the new state")
      ->required()
      ->type_name("");
  CLI::Option* repeats =
      command
          .add_option("--repeats", options.repeats,
                      "Results of runs of one build\nWhat they differ by widens the intervals.")
          ->delimiter(',')
          ->allow_extra_args(false)
          ->type_name("LIST");
  command
      .add_option("--variation", options.variation, "What --variation-out wrote\nOn this machine.")
      ->excludes(repeats)
      ->type_name("FILE");
  command
      .add_option("--variation-out", options.variation_out,
                  "Write what results differ by\nFor --variation of later comparisons.")
      ->needs(repeats)
      ->type_name("FILE");
  add_threshold_option(command, options.thresholds);
  add_across_option(command, options.across);
  if (options.gate) add_fail_options(command, options.fail_on);
  add_comparison_outputs(command, options.output);
}

}  // namespace ipcmark
