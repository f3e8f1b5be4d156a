#include "tools/options/cell_options.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "results/model/cell_options.hpp"
#include "results/text/help_text.hpp"
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

struct OptionText {
  std::string help, detail, default_text;
};

CLI::Option* add_option(CLI::App& command, const Program& program, Request& request,
                        const std::string& flag, const OptionRule& rule, const OptionText& text) {
  const OptionKind kind = rule.kind;
  const std::string help = text.help + "\n" + text.detail;
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
  return option->allow_extra_args(false)
      ->default_str(text.default_text)
      ->type_name(flag == "fault" ? "FAULT" : option_type(rule));
}

// "From 1 to 250.", of what is counted or measured; empty: no limit that somebody may meet.
std::string range_sentence(const OptionRule& rule) {
  const bool measured = rule.kind == OptionKind::time || rule.kind == OptionKind::size ||
                        rule.kind == OptionKind::rate;
  if (!measured) {
    const std::string range = range_text(rule);
    return range.empty() || rule.max == 0 ? "" : fmt::format("From {}.", range);
  }
  return fmt::format("From {} to {}.", option_text(rule, rule.min), option_text(rule, rule.max));
}

std::string joined_sentences(const Texts& sentences) {
  std::string text;
  for (const std::string& each : sentences) {
    if (!each.empty()) text.append(text.empty() ? "" : " ").append(each);
  }
  return text;
}

std::string capitalized(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') {
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  }
  return text;
}

// What an option means that scenarios share and each has words of its own for.
std::string shared_meaning(const OptionRow& row) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> meanings{
      {{"processes", "how many processes take part"},
       {"count", "messages, rounds or tasks"},
       {"think_time_ns", "pause in each step of work"},
       {"senders", "how many processes send"},
       {"receivers", "how many processes receive"},
       {"clients", "how many clients"}}};
  for (const auto& [name, meaning] : meanings) {
    if (name == row.name) return std::string{meaning};
  }
  return short_help(row.summary);
}

bool is_taken(const CellOptionSet& set, const ScenarioEntry& scenario) {
  return set.scenarios.empty() || std::find(set.scenarios.begin(), set.scenarios.end(),
                                            scenario.name) != set.scenarios.end();
}

struct DeclaredOption {
  const ScenarioEntry* scenario;
  const OptionRow* row;
};

// "counter: how many processes add (4)", of each scenario.
std::string meaning_of_each(const std::vector<DeclaredOption>& all) {
  Texts texts;
  for (const auto& [scenario, row] : all) {
    texts.push_back(
        fmt::format("{}: {} ({})", scenario->name, short_help(row->summary), row->default_text()));
  }
  return fmt::format("By scenario, with its default: {}.", fmt::join(texts, "; "));
}

// What --help and the manual page say of an option that scenarios declare.
OptionText text_of(const std::vector<DeclaredOption>& all) {
  const OptionRow& row = *all.front().row;
  const auto same = [&all](auto value) {
    return std::all_of(all.begin(), all.end(), [&](const DeclaredOption& each) {
      return value(*each.row) == value(*all.front().row);
    });
  };
  const bool one_meaning = same([](const OptionRow& each) { return std::string(each.summary); });
  const bool one_default = same([](const OptionRow& each) { return each.default_value; });
  const bool one_range = same([](const OptionRow& each) { return range_sentence(each.rule); });
  const std::string range = one_range ? range_sentence(row.rule) : "";
  OptionText text;
  if (row.rule.kind != OptionKind::flag) {
    text.default_text = one_default ? row.default_text() : "by scenario";
  }
  if (all.size() > 1 && !one_meaning) {
    text.help = capitalized(shared_meaning(row));
    text.detail = joined_sentences({range, meaning_of_each(all)});
    return text;
  }
  text.help = capitalized(short_help(row.summary));
  if (all.size() == 1) text.help += fmt::format(" [{}]", all.front().scenario->name);
  text.detail =
      joined_sentences({help_detail(row.summary), range, one_default ? "" : meaning_of_each(all)});
  return text;
}

// Options that scenarios declare for themselves: one option however many scenarios share it.
void add_scenario_options(CLI::App& command, const Program& program, Request& request,
                          const CellOptionSet& set) {
  std::vector<std::vector<DeclaredOption>> options;
  for (const ScenarioEntry& scenario : program.scenarios) {
    if (!is_taken(set, scenario)) continue;
    for (const OptionRow& row : scenario.options) {
      if (set.without.contains(row.flag())) continue;
      const auto known = std::find_if(options.begin(), options.end(), [&row](const auto& each) {
        return each.front().row->flag() == row.flag();
      });
      if (known == options.end()) {
        options.push_back(std::vector<DeclaredOption>{{&scenario, &row}});
      } else {
        known->push_back({&scenario, &row});
      }
    }
  }
  for (const auto& declared : options) {
    const OptionRow& row = *declared.front().row;
    add_option(command, program, request, row.flag(), row.rule, text_of(declared))
        ->group("Scenarios");
  }
}

// What a cell has where neither it nor its suite says anything. How much is verified also depends
// on the scenario; names, sizes and times are the suite's in any case.
std::string cell_default(const CellOption& option) {
  const bool said = option.rule.kind == OptionKind::word || option.rule.kind == OptionKind::count ||
                    option.rule.kind == OptionKind::number;
  if (!said || option.in_key != InKey::named || std::string_view(option.flag) == "verify")
    return {};
  const RunSpec plain;
  const bool allowed = wrong_value(option.rule, cell_number(option, plain)).empty();
  return allowed ? cell_text(option, plain) : "";
}

void add_suite(CLI::App& command, Request& request) {
  command
      .add_option("--suite", request.suite,
                  "Set of cells to start from\n"
                  "Or a file of your own. Options that are named replace what it says.")
      ->default_str(request.suite)
      ->type_name("NAME|FILE.json");
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
    add_option(command, program, request, flag, option.rule,
               {short_help(option.help),
                joined_sentences({help_detail(option.help), range_sentence(option.rule)}),
                cell_default(option)});
  }
  if (!set.without.contains("messages") && !set.without.contains("duration")) {
    command.get_option("--messages")->excludes("--duration");
  }
  if (set.only) {
    add_keys(command, "--only", request.only,
             "Only this cell, by key or pattern\n"
             "Such as 'latency/*/64B/*'. May be repeated.");
  }
  if (set.exclude) {
    add_keys(command, "--exclude", request.exclude,
             "Leave out cells, by key, pattern or part of a key\n"
             "Such as 'zeromq'. May be repeated.");
  }
  add_scenario_options(command, program, request, set);
}

void add_all_cell_options(CLI::App& command, const Program& program, Request& request) {
  add_cell_options(command, program, request,
                   {.without = {}, .scenarios = {}, .suite = true, .only = true, .exclude = true});
}

}  // namespace ipcmark
