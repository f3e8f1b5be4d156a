#include "tools/options/ab_options.hpp"

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <algorithm>

#include "results/text/quantities.hpp"
#include "tools/options/cell_options.hpp"
#include "tools/options/checks.hpp"
#include "tools/options/compare_options.hpp"
#include "tools/options/measuring_options.hpp"
#include "tools/options/run_options.hpp"

namespace ipcmark {

namespace {

void add_sides(CLI::App& command, AbCommand& options) {
  command.add_option("--a", options.a, "The old build")
      ->default_str("this program")
      ->type_name("PROGRAM");
  command.add_option("--b", options.b, "The new build")
      ->default_str("this program")
      ->type_name("PROGRAM");
  command
      .add_option("--a-args", options.a_args,
                  "Options of A's cells alone: '--backend pipe'\n"
                  "In quotes, as one word.")
      ->type_name("OPTIONS");
  command.add_option("--b-args", options.b_args, "Options of B's cells alone")
      ->type_name("OPTIONS");
}

void add_rounds(CLI::App& command, AbCommand& options) {
  add_number(command, "--rounds", options.rounds,
             "Rounds of every cell on each side\n"
             "In a round each cell runs once on each side, one right after the other.",
             1, 100'000)
      ->default_str("30");
  command
      .add_option_function<std::string>(
          "--for",
          [&options](const std::string& word) {
            const auto value = parse_duration(word);
            if (!value || *value == 0) {
              throw CLI::ValidationError(
                  "--for", fmt::format("'{}' is not a time; write one such as 30s or 10m", word));
            }
            options.for_ns = *value;
          },
          "Begin no round after this time, such as 10m\nWithout --rounds, as many as fit.")
      ->type_name("TIME");
  command.add_flag("--confirm", options.confirm,
                   "Measure flagged cells again before the verdict\n"
                   "In as many fresh rounds; a regression is one only if these say so, too.");
}

// Takes what was said in `side`.
void overlay(Request& request, Request side) {
  if (!side.suite.empty()) request.suite = std::move(side.suite);
  // A number of messages and a time exclude each other.
  if (side.names("messages")) request.named.erase("duration");
  if (side.names("duration")) request.named.erase("messages");
  for (auto& [flag, values] : side.named) request.named[flag] = std::move(values);
  if (!side.only.empty()) request.only = std::move(side.only);
  if (!side.exclude.empty()) request.exclude = std::move(side.exclude);
}

}  // namespace

void add_ab_options(CLI::App& command, const Program& program, AbCommand& options) {
  options.request.suite = "gate";
  add_sides(command, options);
  add_rounds(command, options);
  add_threshold_option(command, options.thresholds);
  add_fail_options(command, options.fail_on);
  add_all_cell_options(command, program, options.request);
  add_seed_option(command, options.request);
  add_comparison_outputs(command, options.output);
  command
      .add_option("--results", options.results,
                  "Write base.json and candidate.json into this directory\n"
                  "With every trial of both sides.")
      ->type_name("DIRECTORY")
      ->group("Output");
  add_label_options(command, options.labels);
  add_label_option(command, "--a-label", options.a_labels, "Label A alone, such as commit=4f2a9c1");
  add_label_option(command, "--b-label", options.b_labels, "Label B alone");
  command.add_flag("--quiet", options.quiet, "No progress on stderr")->group("Output");
  add_measuring_options(command, options.measuring, "Measuring");
}

tl::expected<Request, std::string> side_request(const Program& program, const Request& common,
                                                const std::string& option,
                                                const std::string& words) {
  Request side;
  side.suite.clear();
  CLI::App parser;
  parser.set_help_flag();
  add_all_cell_options(parser, program, side);
  try {
    parser.parse(words, false);
  } catch (const CLI::ParseError& error) {
    std::string text = error.what();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return tl::make_unexpected(fmt::format(
        "{}: {} (it takes the options that choose cells, see 'ipcmark ab --help')", option, text));
  }
  Request request = common;
  overlay(request, std::move(side));
  return request;
}

}  // namespace ipcmark
