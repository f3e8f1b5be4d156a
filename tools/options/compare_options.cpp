#include "tools/options/compare_options.hpp"

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <cstdlib>

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

void add_threshold_option(CLI::App& command, double& threshold) {
  command
      .add_option_function<std::string>(
          "--threshold",
          [&threshold](const std::string& word) { threshold = fraction_from("--threshold", word); },
          "Least change for the worse that counts (5%); of a p99 twice that")
      ->type_name("PERCENT");
}

void add_inconclusive_option(CLI::App& command, bool& fail) {
  command.add_flag("--fail-on-inconclusive", fail,
                   "Exit with 4 when a gated figure is too noisy to tell");
}

void add_comparison_outputs(CLI::App& command, ComparisonOutputOptions& options) {
  command.add_flag("--all", options.all, "Show the figures that are not gated, too")
      ->group("Output");
  command.add_option("--json", options.json, "Write the comparison here")
      ->type_name("FILE")
      ->group("Output");
  command.add_option("--markdown", options.markdown, "Write it here for a comment or a page")
      ->type_name("FILE")
      ->group("Output");
  add_color_option(command, options.color)->group("Output");
}

void add_compare_options(CLI::App& command, CompareOptions& options) {
  command.add_option("BASE", options.base, "What 'ipcmark run --json' wrote for the old state")
      ->required()
      ->type_name("");
  command.add_option("CANDIDATE", options.candidate, "The same for the new state")
      ->required()
      ->type_name("");
  CLI::Option* repeats =
      command
          .add_option(
              "--repeats", options.repeats,
              "Results of several runs of one build: what they differ by widens the intervals")
          ->delimiter(',')
          ->allow_extra_args(false)
          ->type_name("LIST");
  command
      .add_option("--variation", options.variation,
                  "In place of --repeats: what --variation-out wrote on this machine")
      ->excludes(repeats)
      ->type_name("FILE");
  command
      .add_option("--variation-out", options.variation_out,
                  "Write here what the --repeats differ by, for later comparisons")
      ->needs(repeats)
      ->type_name("FILE");
  add_threshold_option(command, options.threshold);
  if (options.gate) add_inconclusive_option(command, options.fail_on_inconclusive);
  add_comparison_outputs(command, options.output);
}

}  // namespace ipcmark
