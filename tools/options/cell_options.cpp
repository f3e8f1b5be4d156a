#include "tools/options/cell_options.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "results/model/cell_options.hpp"
#include "scenarios/plan/named_options.hpp"
#include "scenarios/plan/suite.hpp"
#include "tools/options/checks.hpp"

namespace ipcmark {

namespace {

using Texts = std::vector<std::string>;

// The values of a list, or a refusal. Whoever writes a decimal comma gets a list.
void take(const Program& program, Request& request, const std::string& flag, OptionKind kind,
          const Texts& words) {
  const Texts values =
      kind == OptionKind::cpus ? Texts{fmt::format("{}", fmt::join(words, ","))} : words;
  for (const std::string& value : values) {
    const std::string wrong = wrong_value_of(program, flag, value);
    if (wrong.empty()) continue;
    const bool comma = values.size() > 1 && has_number(kind) && wrong.find("comma") == wrong.npos;
    refuse("--" + flag,
           comma ? wrong + "; a comma separates values, and decimals have a point" : wrong);
  }
  request.named[flag] = values;
}

CLI::Option* add_option(CLI::App& command, const Program& program, Request& request,
                        const std::string& flag, const OptionRule& rule, const std::string& help) {
  const OptionKind kind = rule.kind;
  if (kind == OptionKind::flag) {
    return command.add_flag_function(
        "--" + flag,
        [&request, flag](std::int64_t times) { request.named[flag] = {times > 0 ? "yes" : "no"}; },
        help);
  }
  CLI::Option* option = command.add_option_function<Texts>(
      "--" + flag,
      [&program, &request, flag, kind](const Texts& words) {
        take(program, request, flag, kind, words);
      },
      help);
  if (kind != OptionKind::sizes && kind != OptionKind::replay) option->delimiter(',');
  return option->allow_extra_args(false)->type_name(flag == "fault" ? "FAULT" : option_type(rule));
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

bool is_taken(const CellOptionSet& set, const ScenarioEntry& scenario) {
  return set.scenarios.empty() || std::find(set.scenarios.begin(), set.scenarios.end(),
                                            scenario.name) != set.scenarios.end();
}

// ", 1 to 250", or ", at most 250" where they begin differently; empty where they end differently.
std::string shared_range(const std::vector<const OptionRow*>& rows) {
  const std::string first = range_text(rows.front()->rule);
  const auto all = [&rows](auto&& holds) { return std::all_of(rows.begin(), rows.end(), holds); };
  if (first.empty()) return {};
  if (all([&](const OptionRow* row) { return range_text(row->rule) == first; }))
    return ", " + first;
  const std::int64_t max = rows.front()->rule.max;
  const bool one_max = all([max](const OptionRow* row) { return row->rule.max == max; });
  return one_max ? fmt::format(", at most {}", max) : "";
}

std::string help_of(const Program& program, const CellOptionSet& set, const ScenarioEntry& first,
                    const OptionRow& row) {
  std::vector<const OptionRow*> all;
  for (const ScenarioEntry& scenario : program.scenarios) {
    for (const OptionRow& other : scenario.options) {
      if (is_taken(set, scenario) && std::string_view{other.name} == row.name)
        all.push_back(&other);
    }
  }
  const bool flag = row.rule.kind == OptionKind::flag;
  const std::string range = shared_range(all);
  if (all.size() == 1) {
    return flag ? fmt::format("{} ({})", row.summary, first.name)
                : fmt::format("{}{} ({}: {})", row.summary, range, first.name, row.default_text());
  }
  const bool same = std::all_of(all.begin(), all.end(), [&row](const OptionRow* other) {
    return std::string_view{other->summary} == row.summary &&
           other->default_value == row.default_value;
  });
  if (same) return fmt::format("{}{} ({})", row.summary, range, row.default_text());
  return fmt::format("{}{}; meaning and default differ: ipcmark list SCENARIO", shared_meaning(row),
                     range);
}

// Options that scenarios declare for themselves: one option however many scenarios share it.
void add_scenario_options(CLI::App& command, const Program& program, Request& request,
                          const CellOptionSet& set) {
  std::set<std::string> seen = set.without;
  for (const ScenarioEntry& scenario : program.scenarios) {
    if (!is_taken(set, scenario)) continue;
    for (const OptionRow& row : scenario.options) {
      const std::string flag = row.flag();
      if (!seen.insert(flag).second) continue;
      const std::string help = help_of(program, set, scenario, row);
      add_option(command, program, request, flag, row.rule, help)->group("Scenarios");
    }
  }
}

void add_suite(CLI::App& command, Request& request) {
  std::string suites;
  for (const SuiteText& suite : built_in_suites()) suites += fmt::format("{}|", suite.name);
  command
      .add_option("--suite", request.suite,
                  fmt::format("Which set of cells to start from ({})", request.suite))
      ->type_name(suites + "FILE.json");
}

void add_keys(CLI::App& command, const char* name, Texts& keys, const char* help) {
  command.add_option(name, keys, help)->allow_extra_args(false)->type_name("KEY");
}

}  // namespace

void add_cell_options(CLI::App& command, const Program& program, Request& request,
                      const CellOptionSet& set) {
  if (set.suite) add_suite(command, request);
  for (const CellOption& option : cell_options()) {
    const std::string flag = option.flag;
    if (flag.empty() || set.without.contains(flag)) continue;
    add_option(command, program, request, flag, option.rule, option.help);
  }
  if (set.only) {
    add_keys(command, "--only", request.only,
             "Run this cell again, by its key, or those of a pattern: 'latency/*/64B/*'");
  }
  if (set.exclude) {
    add_keys(command, "--exclude", request.exclude,
             "Leave out these cells, by key, pattern or part of a key: 'zeromq'");
  }
  add_scenario_options(command, program, request, set);
}

void add_all_cell_options(CLI::App& command, const Program& program, Request& request) {
  add_cell_options(command, program, request,
                   {.without = {}, .scenarios = {}, .suite = true, .only = true, .exclude = true});
}

}  // namespace ipcmark
