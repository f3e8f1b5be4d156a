#include "scenarios/plan/named_options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "results/model/cell_options.hpp"
#include "results/text/nearest.hpp"
#include "scenarios/timing/bursts.hpp"
#include "scenarios/traffic/replay_file.hpp"

namespace ipcmark {
namespace {

using Texts = std::vector<std::string>;

const OptionRow* row_of(const ScenarioEntry& scenario, std::string_view flag) {
  for (const OptionRow& row : scenario.options) {
    if (row.flag() == flag) return &row;
  }
  return nullptr;
}

bool is_chosen(const Request& request, const ScenarioEntry& scenario) {
  const Texts& names = request.values("scenario");
  return names.empty() || std::find(names.begin(), names.end(), scenario.name) != names.end();
}

// Whatever its scenario says of the range: that is checked before, and a cell beyond it is skipped.
std::int64_t value_of(const OptionRow& row, const std::string& text) {
  OptionRule rule = row.rule;
  if (rule.kind != OptionKind::word && rule.kind != OptionKind::flag) {
    rule.min = 0;
    rule.max = INT64_MAX;
  }
  return option_value(rule, text).value_or(row.default_value);
}

// A copy of each cell for each value.
void multiply(std::vector<RunSpec>& cells, const Texts& values,
              const std::function<void(const std::string&, RunSpec&)>& set) {
  if (values.empty()) return;
  std::vector<RunSpec> more;
  more.reserve(cells.size() * values.size());
  for (const RunSpec& cell : cells) {
    for (const std::string& value : values) set(value, more.emplace_back(cell));
  }
  cells = std::move(more);
}

// An exact number of messages takes the place of a time, and the other way round. What is not timed
// ends with its work: how much that is says its option `count`, and so the key.
void set_in_cell(const CellOption& option, const ScenarioEntry& scenario, const std::string& value,
                 RunSpec& cell) {
  if (!scenario.timed && option.meant_for == MeantFor::counted) {
    cell.options["count"] = value_of(*row_of(scenario, "count"), value);
    return;
  }
  if (option.rule.kind == OptionKind::replay) {
    if (const auto file = load_replay(value)) set_replay(value, **file, cell);
    return;
  }
  set_cell_option(option, value, cell);
  // The rate that the bursts make, where one is asked for otherwise.
  if (option.rule.kind == OptionKind::burst && row_of(scenario, "rate") != nullptr) {
    cell.options["rate"] = std::llround(Bursts(cell).rate());
  }
  if (std::string_view(option.flag) == "messages") cell.duration_ns = 0;
  if (std::string_view(option.flag) == "duration") cell.messages = 0;
}

std::string wrong_value_for(const Program& program, const std::string& flag,
                            const std::string& value,
                            const std::function<bool(const ScenarioEntry&)>& chosen) {
  if (const CellOption* option = cell_option(flag)) {
    if (option->rule.kind == OptionKind::replay) {
      const auto file = load_replay(value);
      return file ? std::string{} : file.error();
    }
    RunSpec scratch;
    return set_cell_option(*option, value, scratch);
  }
  std::string first;
  for (const ScenarioEntry& scenario : program.scenarios) {
    const OptionRow* row = chosen(scenario) ? row_of(scenario, flag) : nullptr;
    if (row == nullptr) continue;
    const auto number = option_value(row->rule, value);
    if (number) return {};
    if (first.empty()) first = number.error();
  }
  return first;
}

Texts owners_of(const Program& program, const std::string& flag) {
  Texts names;
  for (const ScenarioEntry& scenario : program.scenarios) {
    if (row_of(scenario, flag) != nullptr) names.emplace_back(scenario.name);
  }
  return names;
}

std::string unknown_option(const Program& program, const std::string& flag) {
  Texts known;
  for (const ScenarioEntry& scenario : program.scenarios) {
    for (const OptionRow& row : scenario.options) known.push_back(row.flag());
  }
  for (const CellOption& option : cell_options()) known.emplace_back(option.flag);
  const std::string meant = nearest(flag, known);
  return fmt::format("unknown option '{}'{}", flag,
                     meant.empty() ? "" : fmt::format("; did you mean '{}'?", meant));
}

bool is_mechanism(const CellOption& option) {
  return option.rule.kind == OptionKind::name && axes().contains(option.flag);
}

const char* who_has(MeantFor cells) {
  switch (cells) {
    case MeantFor::backend:
      return "none of them runs over a backend";
    case MeantFor::timed:
      return "none of them is timed";
    case MeantFor::counted:
      return "none of them has a number of messages";
    case MeantFor::mixed:
      return "none of them sends messages of several sizes";
    case MeantFor::bursts:
      return "none of them sends in bursts";
    case MeantFor::replays:
      return "none of them sends what a file says";
    case MeantFor::every:
      break;
  }
  return "none of them has it";
}

// Whether the cell has just what was named, and could have nothing else: "--size 64" over a lock.
bool is_so_anyway(const CellOption* option, const Texts& values, const RunSpec& cell) {
  return option != nullptr &&
         std::all_of(values.begin(), values.end(), [&](const std::string& value) {
           RunSpec other = cell;
           return set_cell_option(*option, value, other).empty() && is_same(*option, cell, other);
         });
}

std::string unreached_sentence(const Program& program, const std::string& flag,
                               const std::string& why) {
  const Texts owners = owners_of(program, flag);
  return fmt::format(
      "--{} means nothing to the cells chosen: {}; leave it out, or choose others", flag,
      owners.empty() ? why : fmt::format("it is an option of {}", fmt::join(owners, ", ")));
}

bool has_any(const std::vector<RunSpec>& cells, const CellOption& option,
             const std::string& value) {
  return std::any_of(cells.begin(), cells.end(),
                     [&](const RunSpec& cell) { return cell_text(option, cell) == value; });
}

bool reaches_any(const Program& program, const std::vector<RunSpec>& cells, const std::string& flag,
                 const Texts& values) {
  const CellOption* option = cell_option(flag);
  return std::any_of(cells.begin(), cells.end(), [&](const RunSpec& cell) {
    const ScenarioEntry* scenario = program.scenario(cell.scenario);
    return scenario != nullptr &&
           (means_something(*scenario, flag, cell) || is_so_anyway(option, values, cell));
  });
}

}  // namespace

const std::vector<std::string>& Request::values(const std::string& flag) const {
  static const std::vector<std::string> none;
  const auto found = named.find(flag);
  return found == named.end() ? none : found->second;
}

const std::set<std::string>& axes() {
  static const std::set<std::string> flags{"scenario", "backend", "lock",     "notifier",
                                           "size",     "wait",    "placement"};
  return flags;
}

std::string wrong_value_of(const Program& program, const std::string& flag,
                           const std::string& value) {
  return wrong_value_for(program, flag, value, [](const ScenarioEntry&) { return true; });
}

std::string wrong_named(const Program& program, const Request& request) {
  for (const auto& [flag, values] : request.named) {
    if (cell_option(flag) == nullptr && owners_of(program, flag).empty()) {
      return unknown_option(program, flag);
    }
    for (const std::string& value : values) {
      const std::string wrong = wrong_value_for(
          program, flag, value,
          [&request](const ScenarioEntry& scenario) { return is_chosen(request, scenario); });
      if (!wrong.empty()) return fmt::format("--{}: {}", flag, wrong);
    }
  }
  return {};
}

std::vector<RunSpec> with_named(const ScenarioEntry& scenario, const NamedOptions& named,
                                const RunSpec& cell, const std::set<std::string>& without) {
  std::vector<RunSpec> cells{cell};
  const auto values_of = [&](const std::string& flag) {
    const auto found = named.find(flag);
    const bool taken =
        found != named.end() && !without.contains(flag) && means_something(scenario, flag, cell);
    return taken ? found->second : Texts{};
  };
  for (const CellOption& option : cell_options()) {
    multiply(cells, values_of(option.flag), [&](const std::string& value, RunSpec& each) {
      set_in_cell(option, scenario, value, each);
    });
  }
  for (const OptionRow& row : scenario.options) {
    multiply(cells, values_of(row.flag()), [&row](const std::string& value, RunSpec& each) {
      each.options[row.name] = value_of(row, value);
    });
  }
  return cells;
}

bool means_something(const ScenarioEntry& scenario, const std::string& flag, const RunSpec& cell) {
  const CellOption* option = cell_option(flag);
  if (option == nullptr) return row_of(scenario, flag) != nullptr;
  switch (option->meant_for) {
    case MeantFor::backend:
      return !cell.backend.empty();
    case MeantFor::timed:
      return scenario.timed;
    case MeantFor::counted:
      return scenario.timed || row_of(scenario, "count") != nullptr;
    case MeantFor::mixed:
      return scenario.mixes_sizes;
    case MeantFor::bursts:
      return scenario.bursts;
    case MeantFor::replays:
      return scenario.replays;
    case MeantFor::every:
      break;
  }
  return !is_mechanism(*option) || !is_default(*option, cell);
}

std::string unreached(const Program& program, const NamedOptions& named,
                      const std::vector<RunSpec>& cells) {
  for (const auto& [flag, values] : named) {
    const CellOption* option = cell_option(flag);
    if (option != nullptr && is_mechanism(*option)) {
      for (const std::string& value : values) {
        if (has_any(cells, *option, value)) continue;
        return unreached_sentence(program, fmt::format("{} {}", flag, value),
                                  "none of them has it");
      }
    } else if (!reaches_any(program, cells, flag, values)) {
      return unreached_sentence(program, flag, option == nullptr ? "" : who_has(option->meant_for));
    }
  }
  return {};
}

std::vector<std::string> understood_lists(const Program& program, const NamedOptions& named) {
  Texts lists;
  for (const auto& [flag, values] : named) {
    if (flag == "cpus") {
      const auto cpus = cpus_value(values.front());
      if (cpus && cpus->size() > 1) lists.push_back(fmt::format("--cpus: {}", cpus_text(*cpus)));
    }
    if (values.size() < 2) continue;
    OptionRule rule;
    if (const CellOption* option = cell_option(flag)) {
      rule = option->rule;
    } else {
      for (const ScenarioEntry& scenario : program.scenarios) {
        if (const OptionRow* row = row_of(scenario, flag)) rule = row->rule;
      }
      rule.min = 0;
      rule.max = INT64_MAX;
    }
    if (!has_number(rule.kind)) continue;
    Texts texts;
    for (const std::string& value : values) {
      const auto number = option_value(rule, value);
      texts.push_back(number ? option_text(rule, *number) : value);
    }
    lists.push_back(fmt::format("--{}: {}", flag, fmt::join(texts, ", ")));
  }
  return lists;
}

}  // namespace ipcmark
