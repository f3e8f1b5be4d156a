#include "tools/options/run_options.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "results/text/quantities.hpp"
#include "scenarios/launch/tracing.hpp"
#include "scenarios/plan/suite.hpp"
#include "tools/options/checks.hpp"
#include "tools/options/compare_options.hpp"

namespace ipcmark {

namespace {

// A check without CLI11's own description of it: the option's type name and help say it better.
template <class Check>
CLI::Validator quiet(Check check) {
  check.description("");
  return check;
}

// A comma-separated list of words, each turned into a value or refused with what is accepted.
template <class T>
void add_list_option(CLI::App& command, const std::string& name, std::vector<T>& values,
                     std::function<std::optional<T>(const std::string&)> parse,
                     const std::string& accepted, const std::string& help) {
  command
      .add_option_function<std::vector<std::string>>(
          name,
          [&values, parse = std::move(parse), accepted,
           name](const std::vector<std::string>& words) {
            for (const std::string& word : words) {
              const std::optional<T> value = parse(word);
              if (!value) refuse(name, fmt::format("'{}' is not {}", word, accepted));
              values.push_back(*value);
            }
          },
          help)
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST");
}

void add_names(CLI::App& command, const std::string& name, std::vector<std::string>& values,
               const std::string& help) {
  command.add_option(name, values, help)
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST");
}

std::optional<int> cpu_from(const std::string& word) {
  if (word.empty() || word.size() > 5 ||
      !std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  return std::stoi(word);
}

void add_choice_of_cells(CLI::App& command, Request& request) {
  std::string suites;
  for (const SuiteText& suite : built_in_suites()) suites += fmt::format("{}|", suite.name);
  command
      .add_option("--suite", request.suite,
                  fmt::format("Which set of cells to start from ({})", request.suite))
      ->type_name(suites + "FILE.json");
  add_names(command, "--backend", request.backends, "Only these backends (see 'ipcmark list')");
  add_names(command, "--scenario", request.scenarios, "Only these scenarios");
  add_names(command, "--lock", request.locks, "Only these locks, for scenarios that use one");
  add_names(command, "--notifier", request.notifiers,
            "Only these notifiers, for scenarios that use one");
  add_list_option<std::uint64_t>(
      command, "--size", request.sizes, [](const std::string& w) { return parse_size(w); },
      "a size; write bytes with an optional unit, such as 64, 1KiB or 1MiB",
      "Payload sizes: 64,1KiB,1MiB");
  add_list_option<Wait>(
      command, "--wait", request.waits, [](const std::string& w) { return wait_from(w); },
      "a wait strategy; choose from block, spin and hybrid",
      "block, spin, hybrid (spin, then block)");
  add_list_option<Placement>(
      command, "--placement", request.placements,
      [](const std::string& w) { return placement_from(w); },
      "a placement; choose from same-cpu, cross-cpu, unpinned, same-core and cross-socket",
      "same-cpu, cross-cpu, unpinned; same-core and cross-socket where the machine has them");
  add_list_option<int>(command, "--cpus", request.cpus, cpu_from, "a CPU number, such as 0 or 3",
                       "Pin worker i to the i-th of these CPUs: 0,2");
  command.add_option("--only", request.only, "Run this one cell again, by its key")
      ->type_name("KEY");
}

void add_seed(CLI::App& command, Request& request) {
  command.add_option("--seed", request.seed, "Order of trials and payload bytes (random)")
      ->check(whole_number(std::uint64_t{1}, ~std::uint64_t{0}))
      ->type_name("N");
}

void add_trials(CLI::App& command, Request& request) {
  command
      .add_option("--trials", request.trials,
                  "Trials of each cell (the suite's own: 6 quick, 20 standard, 50 full; 1 where "
                  "nothing is timed)")
      ->check(whole_number(1U, 100'000U))
      ->type_name("N");
}

void add_cell_settings(CLI::App& command, Request& request) {
  CLI::Option* messages =
      command
          .add_option("--messages", request.messages,
                      "Exact number of messages in each trial; where nothing is timed: --count")
          ->check(whole_number(std::uint64_t{1}, most_messages))
          ->type_name("N");
  command
      .add_option_function<std::string>(
          "--duration",
          [&request](const std::string& word) {
            const auto value = parse_duration(word);
            if (!value || *value == 0) {
              refuse("--duration",
                     fmt::format("'{}' is not a time; write one such as 100ms or 2s", word));
            }
            request.duration_ns = *value;
          },
          "Measured time of each trial, after warm-up: 100ms, 2s")
      ->excludes(messages)
      ->type_name("TIME");
  command
      .add_option("--depth", request.depth, "Messages a channel shall hold (backend's own default)")
      ->check(whole_number(1U, 1U << 24U))
      ->type_name("N");
  command
      .add_option("--batch", request.batch,
                  "Messages a sender may gather before it publishes them, where a backend can")
      ->check(whole_number(1U, 1U << 20U))
      ->type_name("N");
  command
      .add_option("--verify", request.verify,
                  "Check each message: nothing, sequence and length, or every byte")
      ->check(one_of({"off", "header", "full"}))
      ->type_name("off|header|full");
  command
      .add_option("--touch", request.touch,
                  "full: the sender writes the whole payload and the receiver reads all of it")
      ->check(one_of({"none", "full"}))
      ->type_name("none|full");
  command.add_flag("--zero-copy", request.zero_copy,
                   "Loan and borrow messages in place, where a backend can");
  command
      .add_option("--fault", request.fault,
                  "Break the cells on purpose, to see that it shows: drop:7, slow:500 (ns), ...")
      ->type_name("FAULT");
}

// What an option means that scenarios share and each has words of its own for.
std::string shared_meaning(const OptionRow& row) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> meanings{
      {{"processes", "how many processes take part"},
       {"count", "how many messages, rounds or tasks"},
       {"think_time_ns", "pause of each process, before or during what it does"},
       {"senders", "how many processes send"},
       {"receivers", "how many processes receive"},
       {"clients", "how many clients"}}};
  for (const auto& [name, meaning] : meanings) {
    if (name == row.name) return std::string{meaning};
  }
  return row.summary;
}

std::string help_of(const Program& program, const ScenarioEntry& first, const OptionRow& row) {
  std::vector<const OptionRow*> all;
  for (const ScenarioEntry& scenario : program.scenarios) {
    for (const OptionRow& other : scenario.options) {
      if (std::string_view{other.name} == row.name) all.push_back(&other);
    }
  }
  if (all.size() == 1)
    return fmt::format("{} ({}: {})", row.summary, first.name, otherwise_of(row));
  const bool same = std::all_of(all.begin(), all.end(), [&row](const OptionRow* other) {
    return std::string_view{other->summary} == row.summary && other->otherwise == row.otherwise;
  });
  if (same) return fmt::format("{} ({})", row.summary, otherwise_of(row));
  return fmt::format("{}; meaning and default differ: ipcmark list SCENARIO", shared_meaning(row));
}

// An option whose numbers have names.
void add_word_option(CLI::App& command, const std::string& flag, const std::string& help,
                     const OptionRow& row, Request& request) {
  command
      .add_option_function<std::string>(
          flag,
          [&request, name = std::string{row.name}, words = row.words](const std::string& word) {
            request.options[name] = std::find(words.begin(), words.end(), word) - words.begin();
          },
          help)
      ->check(one_of(row.words))
      ->type_name(fmt::format("{}", fmt::join(row.words, "|")))
      ->group("Scenarios");
}

// A number, or a time where the option's name ends so; several make a cell each.
std::int64_t option_value(const std::string& flag, const std::string& word, bool time) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error == std::errc{} && end == word.data() + word.size() && value >= 0) return value;
  if (const auto parsed = time ? parse_duration(word) : std::optional<std::uint64_t>{0}; parsed) {
    constexpr std::uint64_t max_ns = 3'600'000'000'000;
    if (*parsed > max_ns) refuse(flag, fmt::format("{} is beyond the limit of 1h", word));
    if (time) return static_cast<std::int64_t>(*parsed);
  }
  refuse(flag, time ? fmt::format("'{}' is not a time; write one such as 10us or 5ms", word)
                    : fmt::format("'{}' is not a number from 0 on", word));
}

void add_number_option(CLI::App& command, const std::string& flag, const std::string& help,
                       const OptionRow& row, Request& request) {
  const bool time = is_time(row);
  // "--gap 10us" reads better; "--gap-ns 10000" is what the key says.
  const std::string names = time ? fmt::format("{0},{0}-ns", flag) : flag;
  command
      .add_option_function<std::vector<std::string>>(
          names,
          [&request, flag, time,
           name = std::string{row.name}](const std::vector<std::string>& words) {
            std::vector<std::int64_t> values;
            values.reserve(words.size());
            for (const auto& word : words) values.push_back(option_value(flag, word, time));
            if (values.size() == 1) request.options[name] = values.front();
            if (values.size() > 1) request.sweeps[name] = std::move(values);
          },
          help)
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name(time ? "TIME" : "N")
      ->group("Scenarios");
}

// Options that scenarios declare for themselves: one option however many scenarios share it.
void add_scenario_options(CLI::App& command, const Program& program, Request& request) {
  std::set<std::string> seen;
  for (const ScenarioEntry& scenario : program.scenarios) {
    for (const OptionRow& row : scenario.options) {
      if (!seen.insert(row.name).second) continue;
      const std::string flag = flag_of(row);
      const std::string help = help_of(program, scenario, row);
      if (!row.words.empty()) {
        add_word_option(command, flag, help, row, request);
        continue;
      }
      add_number_option(command, flag, help, row, request);
    }
  }
}

void add_until(CLI::App& command, RunOptions& options) {
  CLI::Option* until = command
                           .add_option_function<std::string>(
                               "--until",
                               [&options](const std::string& word) {
                                 options.until = fraction_from("--until", word);
                               },
                               "Add rounds until half of each interval is this narrow: 3%")
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
          "With --until: but add none once this time is up (10m)")
      ->needs(until)
      ->type_name("TIME");
}

// What an ended run left behind: its trials are gone on with, or kept under another name.
void add_journals(CLI::App& command, CLI::Option* json, RunOptions& options) {
  CLI::Option* resume =
      command
          .add_option("--resume", options.resume,
                      "Go on from the journal an ended run left beside its JSON (FILE.journal)")
          ->type_name("FILE")
          ->check(quiet(CLI::ExistingFile))
          ->group("Output");
  command
      .add_flag("--fresh", options.fresh,
                "Begin anew whatever lies in FILE.journal: it is renamed to FILE.journal.1, or the "
                "next that is free")
      ->needs(json)
      ->excludes(resume)
      ->group("Output");
}

void add_outputs(CLI::App& command, RunOptions& options) {
  CLI::Option* json =
      command
          .add_option("--json", options.json,
                      "Write the result document here when the run ends, and until then each trial "
                      "into FILE.journal, which stays when the run is cut short")
          ->type_name("FILE")
          ->group("Output");
  command.add_option("--csv", options.csv, "Write tidy CSV here")
      ->type_name("FILE")
      ->group("Output");
  command
      .add_option("--trace", options.trace,
                  fmt::format("Write what every worker did (its first {} operations), which slows "
                              "it: trace events for Perfetto here, a log to FILE.log",
                              most_traced_operations))
      ->type_name("FILE")
      ->group("Output");
  add_journals(command, json, options);
  command
      .add_flag("--dry-run", options.dry_run, "Print the plan and its estimated time; run nothing")
      ->group("Output");
  command.add_flag("--quiet", options.quiet, "No progress on stderr")->group("Output");
  add_color_option(command, options.color)->group("Output");
  command
      .add_flag("--share", options.share,
                "Measure although another run is measuring; marks the result")
      ->group("Output");
}

}  // namespace

bool is_time(const OptionRow& row) { return std::string_view{row.name}.ends_with("_ns"); }

std::string flag_of(const OptionRow& row) {
  std::string_view name = row.name;
  if (is_time(row)) name.remove_suffix(3);
  std::string flag = fmt::format("--{}", name);
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

std::string otherwise_of(const OptionRow& row) {
  if (!row.words.empty()) return row.words.at(static_cast<std::size_t>(row.otherwise));
  if (!is_time(row)) return std::to_string(row.otherwise);
  constexpr std::array<std::pair<std::int64_t, const char*>, 3> units{
      {{1'000'000'000, "s"}, {1'000'000, "ms"}, {1000, "us"}}};
  for (const auto& [ns, unit] : units) {
    if (row.otherwise % ns == 0) return fmt::format("{}{}", row.otherwise / ns, unit);
  }
  return fmt::format("{}ns", row.otherwise);
}

CLI::Option* add_color_option(CLI::App& command, ColorChoice& choice) {
  return command
      .add_option_function<std::string>(
          "--color",
          [&choice](const std::string& word) {
            choice = word == "always"  ? ColorChoice::always
                     : word == "never" ? ColorChoice::never
                                       : ColorChoice::automatic;
          },
          "auto: only on a terminal, unless NO_COLOR is set")
      ->check(one_of({"auto", "always", "never"}))
      ->type_name("auto|always|never");
}

void add_check_options(CLI::App& command, RunOptions& options) {
  Request& request = options.request;
  options.check = true;
  request.correctness_only = true;
  add_names(command, "--backend", request.backends, "Only these backends (see 'ipcmark list')");
  add_names(command, "--scenario", request.scenarios, "Only these scenarios");
  add_names(command, "--lock", request.locks, "Only these locks");
  add_names(command, "--notifier", request.notifiers, "Only these notifiers");
  add_seed(command, request);
  add_outputs(command, options);
}

void add_cell_options(CLI::App& command, const Program& program, Request& request) {
  add_choice_of_cells(command, request);
  add_cell_settings(command, request);
  add_scenario_options(command, program, request);
}

void add_seed_option(CLI::App& command, Request& request) { add_seed(command, request); }

void add_run_options(CLI::App& command, const Program& program, RunOptions& options) {
  add_choice_of_cells(command, options.request);
  add_trials(command, options.request);
  add_cell_settings(command, options.request);
  add_seed(command, options.request);
  add_until(command, options);
  add_scenario_options(command, program, options.request);
  add_outputs(command, options);
}

}  // namespace ipcmark
