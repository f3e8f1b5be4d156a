#include "tools/options/load_options.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <functional>
#include <optional>

#include "results/text/quantities.hpp"
#include "tools/options/run_options.hpp"

namespace ipcmark {

namespace {

template <class T>
void add_list(CLI::App& command, const std::string& name, const std::string& accepted,
              const std::string& help, std::function<std::optional<T>(const std::string&)> parse,
              std::vector<T>& values) {
  command
      .add_option_function<std::vector<std::string>>(
          name,
          [name, accepted, parse = std::move(parse),
           &values](const std::vector<std::string>& words) {
            for (const std::string& word : words) {
              const auto value = parse(word);
              if (!value) {
                throw CLI::ValidationError(name, fmt::format("'{}' is not {}", word, accepted));
              }
              values.push_back(*value);
            }
          },
          help)
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST");
}

void add_time(CLI::App& command, const std::string& name, const std::string& example,
              const std::string& help, std::uint64_t& value) {
  command
      .add_option_function<std::string>(
          name,
          [name, example, &value](const std::string& word) {
            const auto parsed = parse_duration(word);
            if (!parsed || *parsed == 0) {
              throw CLI::ValidationError(
                  name, fmt::format("'{}' is not a time; write one such as {}", word, example));
            }
            value = *parsed;
          },
          help)
      ->type_name("TIME");
}

void add_cells(CLI::App& command, Request& cells) {
  command.add_option("--backend", cells.backends, "Only these backends (see 'ipcmark list')")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST");
  add_list<std::uint64_t>(
      command, "--size", "a size; write bytes with an optional unit, such as 64, 1KiB or 1MiB",
      "Payload sizes (64)", [](const std::string& word) { return parse_size(word); }, cells.sizes);
  add_list<Wait>(
      command, "--wait", "a wait strategy; choose from block, spin and hybrid",
      "block, spin, hybrid (block and spin)",
      [](const std::string& word) { return wait_from(word); }, cells.waits);
  add_list<Placement>(
      command, "--placement",
      "a placement; choose from same-cpu, cross-cpu, unpinned, same-core and cross-socket",
      "same-cpu, cross-cpu, unpinned; same-core and cross-socket where the machine has them",
      [](const std::string& word) { return placement_from(word); }, cells.placements);
  command
      .add_option_function<std::string>(
          "--schedule",
          [&cells](const std::string& word) {
            if (word == "poisson") cells.options["schedule"] = 1;
          },
          "When messages are due: evenly (fixed), or at random")
      ->check(CLI::IsMember({"fixed", "poisson"}).description(""))
      ->type_name("fixed|poisson");
  command.add_option("--trials", cells.trials, "Trials of each rate (6)")
      ->check(CLI::Range(1U, 100'000U).description(""))
      ->type_name("N");
  add_time(command, "--duration", "500ms or 2s",
           "Measured time of each trial (500ms, or as long as a p99 needs, up to 4s)",
           cells.duration_ns);
  command.add_option("--seed", cells.seed, "Order of trials and random arrivals (random)")
      ->check(CLI::Range(std::uint64_t{1}, ~std::uint64_t{0}).description(""))
      ->type_name("N");
}

}  // namespace

void add_load_options(CLI::App& command, LoadOptions& options) {
  LoadRequest& request = options.request;
  add_list<OfferedRate>(
      command, "--rate", "a rate; write messages a second (20000, 20k, 1.5M) or a share (75%)",
      "Rates: messages a second (20k), the same for every mechanism, or shares of what each gets "
      "through (25%,50%,75%,90%)",
      [](const std::string& word) { return offered_rate_from(word); }, request.rates);
  add_time(command, "--p99", "50us or 1ms",
           "Search for the highest rate whose 99th percentile stays within this time",
           request.p99_ns);
  add_cells(command, request.cells);
  command.add_option("--json", options.json, "Write the result document here")
      ->type_name("FILE")
      ->group("Output");
  command.add_option("--csv", options.csv, "Write tidy CSV here")
      ->type_name("FILE")
      ->group("Output");
  command.add_flag("--quiet", options.quiet, "No progress on stderr")->group("Output");
  add_color_option(command, options.color)->group("Output");
  command
      .add_flag("--share", options.share,
                "Measure although another run is measuring; marks the result")
      ->group("Output");
}

}  // namespace ipcmark
