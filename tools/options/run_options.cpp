#include "tools/options/run_options.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <string>

#include "results/text/quantities.hpp"
#include "scenarios/trace_log.hpp"
#include "tools/options/cell_options.hpp"
#include "tools/options/checks.hpp"
#include "tools/options/compare_options.hpp"
#include "tools/options/measuring_options.hpp"

namespace ipcmark {

namespace {

void add_seed(CLI::App& command, Request& request) {
  add_number(command, "--seed", request.seed, "Order of trials and payload bytes", 1,
             ~std::uint64_t{0})
      ->default_str("random");
}

void add_shard(CLI::App& command, Request& request) {
  command
      .add_option_function<std::string>(
          "--shard",
          [&request](const std::string& word) {
            const auto shard = shard_from(word);
            if (!shard) refuse("--shard", shard.error());
            request.shard = *shard;
          },
          "Only a part of the cells: 3/8 is the third of 8\n"
          "Which cell is in which part depends on its key alone.")
      ->type_name("PART/PARTS");
}

void add_trials(CLI::App& command, Request& request) {
  CLI::Option* trials =
      add_number(command, "--trials", request.trials,
                 "Trials of each cell\n"
                 "None is added. Default: the suite's: 6 of quick, 20 of standard, 50 of full; 1 "
                 "where nothing is timed.",
                 1, 100'000);
  command
      .add_option_function<std::string>(
          "--budget",
          [&request](const std::string& word) {
            const auto value = parse_duration(word);
            if (!value || *value == 0) {
              refuse("--budget", fmt::format("'{}' is not a time; write one such as 60s", word));
            }
            request.budget_ns = *value;
          },
          "Trials for this time, such as 60s\n"
          "As many trials of each cell as end within it.")
      ->type_name("TIME")
      ->excludes(trials);
}

void add_until(CLI::App& command, RunOptions& options) {
  CLI::Option* until = command
                           .add_option_function<std::string>(
                               "--until",
                               [&options](const std::string& word) {
                                 options.until = fraction_from("--until", word);
                               },
                               "Add rounds until intervals are narrow, such as 3%\n"
                               "Until half of each is no wider than this part of its figure.")
                           ->type_name("PERCENT");
  command
      .add_option_function<std::string>(
          "--for,--max-time",
          [&options](const std::string& word) {
            const auto value = parse_duration(word);
            if (!value || *value == 0) {
              refuse("--for", fmt::format("'{}' is not a time; write one such as 5m", word));
            }
            options.for_ns = *value;
          },
          "Take at most this long\nOnce this time is up, no round is added.")
      ->default_str("10m")
      ->needs(until)
      ->type_name("TIME");
}

// What an ended run left behind: its trials are gone on with, or kept under another name.
void add_journals(CLI::App& command, CLI::Option* json, RunOptions& options) {
  CLI::Option* resume =
      command
          .add_option(
              "--resume", options.resume,
              "Go on from a journal (FILE.journal)\n"
              "An ended run leaves it beside its JSON. Where there is none yet, it is begun.")
          ->type_name("FILE")
          ->group("Output");
  command
      .add_flag("--fresh", options.fresh,
                "Begin a new journal\n"
                "What lies in FILE.journal is renamed to FILE.journal.1, or the next that is free.")
      ->needs(json)
      ->excludes(resume)
      ->group("Output");
}

void add_outputs(CLI::App& command, RunOptions& options) {
  CLI::Option* json =
      command
          .add_option(
              "--json", options.json,
              "Write the result here, as JSON\n"
              "When the run ends; until then each trial goes into FILE.journal, which stays "
              "when the run is cut short.")
          ->type_name("FILE")
          ->group("Output");
  command.add_option("--csv", options.csv, "Write tidy CSV here\nOne figure of one trial a row.")
      ->type_name("FILE")
      ->group("Output");
  command
      .add_option("--samples", options.samples,
                  "Write single events here, as CSV\n"
                  "Every trip of ping-pong and load (none where it is saturated), and about every "
                  "10 ms how "
                  "far each worker came. What that costs is said.")
      ->type_name("FILE")
      ->group("Output");
  command
      .add_option("--trace", options.trace,
                  fmt::format("Write what each worker did here, for Perfetto\n"
                              "Trace events of its first {} operations, which slow it down; a log "
                              "goes to FILE.log.",
                              max_traced_operations))
      ->type_name("FILE")
      ->group("Output");
  add_journals(command, json, options);
  add_label_options(command, options.labels);
  command
      .add_flag("--dry-run", options.dry_run, "Print the plan and its estimated time; run nothing")
      ->group("Output");
  command.add_flag("--quiet", options.quiet, "No progress on stderr")->group("Output");
  add_color_option(command, options.color)->group("Output");
  add_measuring_options(command, options.measuring, "Measuring");
}

}  // namespace

CLI::Option* add_color_option(CLI::App& command, ColorChoice& choice) {
  return command
      .add_option_function<std::string>(
          "--color",
          [&choice](const std::string& word) {
            choice = word == "always"  ? ColorChoice::always
                     : word == "never" ? ColorChoice::never
                                       : ColorChoice::automatic;
          },
          "When to use colours\nauto: only on a terminal, unless NO_COLOR is set.")
      ->default_str("auto")
      ->check(one_of({"auto", "always", "never"}))
      ->type_name("auto|always|never");
}

void add_check_options(CLI::App& command, const Program& program, RunOptions& options) {
  options.check = true;
  options.request.correctness_only = true;
  // Of what is timed, a few messages are checked: no time is asked for.
  add_cell_options(
      command, program, options.request,
      {.without = {"duration", "warm-up", "rate", "schedule", "gap", "one-way", "pairs", "burst"},
       .scenarios = {},
       .suite = false,
       .only = true,
       .exclude = true});
  add_shard(command, options.request);
  add_seed(command, options.request);
  add_outputs(command, options);
}

void add_seed_option(CLI::App& command, Request& request) { add_seed(command, request); }

void add_table_options(CLI::App& command, RunOptions& options) {
  command
      .add_option_function<std::string>(
          "--sort",
          [&options](const std::string& word) {
            options.order = word == "name"  ? TableOrder::name
                            : word == "cpu" ? TableOrder::cpu
                                            : TableOrder::best;
          },
          "Order of the rows of each table\n"
          "best: the best first. name: by name. cpu: by CPU time a message, the lowest first.")
      ->default_str("best")
      ->check(one_of({"best", "name", "cpu"}))
      ->type_name("best|name|cpu")
      ->group("Output");
  command
      .add_option("--reference", options.reference,
                  "Compare rows to this cell\n"
                  "The rows of its table, to the cell of this key.")
      ->default_str("each table's best")
      ->type_name("KEY")
      ->group("Output");
  command
      .add_option("--save-baseline", options.save_baseline,
                  "Store the result under this name, for --baseline")
      ->type_name("NAME")
      ->group("Output");
  command
      .add_option("--baseline", options.baseline,
                  "Show changes since the result of this name\n"
                  "Beside each row. Advisory, as it is no verdict (see 'ipcmark compare').")
      ->type_name("NAME")
      ->group("Output");
}

void add_run_options(CLI::App& command, const Program& program, RunOptions& options) {
  add_all_cell_options(command, program, options.request);
  add_shard(command, options.request);
  add_trials(command, options.request);
  add_seed(command, options.request);
  add_until(command, options);
  add_table_options(command, options);
  add_outputs(command, options);
}

}  // namespace ipcmark
