#include "tools/options/load_options.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "results/text/quantities.hpp"
#include "tools/options/cell_options.hpp"
#include "tools/options/checks.hpp"
#include "tools/options/measuring_options.hpp"
#include "tools/options/run_options.hpp"

namespace ipcmark {

namespace {

void add_rates(CLI::App& command, std::vector<OfferedRate>& rates) {
  command
      .add_option_function<std::vector<std::string>>(
          "--rate",
          [&rates](const std::vector<std::string>& words) {
            for (const std::string& word : words) {
              const auto rate = offered_rate_from(word);
              if (!rate) refuse("--rate", rate.error());
              rates.push_back(*rate);
            }
          },
          "Rates to offer\n"
          "Messages a second, such as 20k, the same for every mechanism; or shares of what each "
          "gets "
          "through, such as 50%. Not with --replay.")
      ->delimiter(',')
      ->default_str("25%,50%,75%,90%")
      ->allow_extra_args(false)
      ->type_name("LIST");
}

void add_limit(CLI::App& command, std::uint64_t& limit_ns) {
  command
      .add_option_function<std::string>(
          "--p99",
          [&limit_ns](const std::string& word) {
            const auto parsed = parse_duration(word);
            if (!parsed || *parsed == 0) {
              refuse("--p99",
                     fmt::format("'{}' is not a time; write one such as 50us or 1ms", word));
            }
            limit_ns = *parsed;
          },
          "Search the highest rate with a p99 within this\n"
          "The rates between which the 99th percentile exceeds this time, such as 50us. Not with "
          "--replay.")
      ->type_name("TIME");
}

// Of the cells of `load`, all but what the command itself says.
void add_cells(CLI::App& command, const Program& program, Request& cells) {
  add_cell_options(command, program, cells,
                   {.without = {"scenario", "lock", "notifier", "messages", "rate", "burst"},
                    .scenarios = {"load"},
                    .suite = false,
                    .only = true,
                    .exclude = true});
  add_number(command, "--trials", cells.trials, "Trials of each rate", 1, 100'000)
      ->default_str("6");
  add_seed_option(command, cells);
}

}  // namespace

void add_load_options(CLI::App& command, const Program& program, LoadOptions& options) {
  LoadRequest& request = options.request;
  add_rates(command, request.rates);
  add_limit(command, request.p99_ns);
  add_cells(command, program, request.cells);
  command.add_option("--json", options.json, "Write the result here, as JSON")
      ->type_name("FILE")
      ->group("Output");
  command.add_option("--csv", options.csv, "Write tidy CSV here\nOne figure of one trial a row.")
      ->type_name("FILE")
      ->group("Output");
  add_label_options(command, options.labels);
  command.add_flag("--quiet", options.quiet, "No progress on stderr")->group("Output");
  add_color_option(command, options.color)->group("Output");
  add_measuring_options(command, options.measuring, "Measuring");
}

}  // namespace ipcmark
