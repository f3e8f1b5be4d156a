// A cell's key back to its RunSpec. A part says by itself what it is, so their order is free.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "results/model/cell_key.hpp"
#include "results/model/cell_options.hpp"
#include "results/text/nearest.hpp"
#include "results/text/quantities.hpp"
#include "scenarios/plan/plan.hpp"
#include "scenarios/traffic/faults.hpp"

namespace ipcmark {

namespace {

bool assign_option(const ScenarioEntry& scenario, const std::string& name, const std::string& value,
                   RunSpec& spec, std::set<std::string>& stated) {
  for (const OptionRow& row : scenario.options) {
    if (name != row.name) continue;
    const std::vector<std::string>& words = row.rule.words;
    const auto word = std::find(words.begin(), words.end(), value);
    const auto number = word == words.end() ? parse_count(value)
                                            : std::optional<std::uint64_t>(word - words.begin());
    if (!number || *number > INT64_MAX) return false;
    spec.options[name] = static_cast<std::int64_t>(*number);
    stated.insert(row.flag());
    return true;
  }
  return false;
}

// Whether a cell of the scenario can have that lock, notifier or fault.
bool fits(const Program& program, const ScenarioEntry& scenario, const std::string& flag,
          const std::string& value) {
  if (flag == "lock") return scenario.uses_lock && program.registry.lock(value) != nullptr;
  if (flag == "notifier") {
    return scenario.uses_notifier && program.registry.notifier(value) != nullptr;
  }
  return flag != "fault" || fault_error(value, &scenario).empty();
}

bool is_named(const CellOption& option) {
  return option.in_key == InKey::named || option.in_key == InKey::last;
}

bool assign_named(const Program& program, const ScenarioEntry& scenario, const std::string& name,
                  const std::string& value, RunSpec& spec, std::set<std::string>& stated) {
  const CellOption* option = cell_option(name);
  if (option == nullptr || !is_named(*option)) {
    return assign_option(scenario, name, value, spec, stated);
  }
  stated.insert(name);
  return option->rule.kind != OptionKind::flag && fits(program, scenario, name, value) &&
         set_cell_option(*option, value, spec).empty();
}

// The flag of the option that a part without a name stands for; empty: none.
std::string assign_value(const Program& program, const ScenarioEntry& scenario,
                         const std::string& part, RunSpec& spec) {
  if (scenario.uses_backend && program.registry.backend(part) != nullptr) {
    spec.backend = part;
    return "backend";
  }
  for (const CellOption& option : cell_options()) {
    const bool flag = option.rule.kind == OptionKind::flag && part == option.flag;
    const bool value = option.in_key == InKey::value && option.rule.kind != OptionKind::name;
    if (flag && set_cell_option(option, "yes", spec).empty()) return option.flag;
    if (value && set_cell_option(option, part, spec).empty()) return option.flag;
  }
  return {};
}

bool assign_part(const Program& program, const ScenarioEntry& scenario, const std::string& part,
                 RunSpec& spec, std::set<std::string>& stated) {
  const auto equals = part.find('=');
  if (equals != std::string::npos) {
    return assign_named(program, scenario, part.substr(0, equals), part.substr(equals + 1), spec,
                        stated);
  }
  const std::string flag = assign_value(program, scenario, part, spec);
  stated.insert(flag);
  return !flag.empty();
}

std::string unknown_part(const Program& program, const std::string& part, const std::string& key) {
  std::vector<std::string> known;
  for (const BackendEntry& row : program.registry.backends) known.emplace_back(row.name);
  for (const LockEntry& row : program.registry.locks)
    known.push_back(fmt::format("lock={}", row.name));
  for (const NotifierEntry& row : program.registry.notifiers)
    known.push_back(fmt::format("notifier={}", row.name));
  const std::string meant = nearest(part, known);
  return meant.empty()
             ? fmt::format("'{}' in the key '{}' is not part of any cell", part, key)
             : fmt::format("'{}' in the key '{}' is unknown; did you mean '{}'?", part, key, meant);
}

// "fault=slow:500/50" is one part.
std::vector<std::string> parts_of(const std::string& key) {
  constexpr std::string_view fault = "fault=";
  std::vector<std::string> parts;
  for (std::string& part : split_at(key, '/')) {
    if (!parts.empty() && parts.back().starts_with(fault)) {
      const std::string joined = parts.back() + "/" + part;
      if (fault_error(joined.substr(fault.size())).empty()) {
        parts.back() = joined;
        continue;
      }
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

// "backend or lock": what a cell of that scenario runs over.
std::string kinds(const ScenarioEntry& scenario) {
  std::vector<const char*> names;
  if (scenario.uses_backend) names.push_back("backend");
  if (scenario.uses_lock) names.push_back("lock");
  if (scenario.uses_notifier) names.push_back("notifier");
  return fmt::format("{}", fmt::join(names, " or "));
}

}  // namespace

tl::expected<RunSpec, std::string> parse_key(const Program& program, const std::string& key) {
  std::set<std::string> stated;
  return parse_key(program, key, stated);
}

tl::expected<RunSpec, std::string> parse_key(const Program& program, const std::string& key,
                                             std::set<std::string>& stated) {
  const std::vector<std::string> parts = parts_of(key);
  const ScenarioEntry* scenario = program.scenario(parts.front());
  if (scenario == nullptr) {
    std::vector<std::string> known;
    for (const ScenarioEntry& row : program.scenarios) known.emplace_back(row.name);
    const std::string meant = nearest(parts.front(), known);
    return tl::make_unexpected(fmt::format("the key '{}' begins with no scenario; {}", key,
                                           meant.empty()
                                               ? "a key looks like latency/pipe/64B/block/cross-cpu"
                                               : fmt::format("did you mean '{}'?", meant)));
  }
  RunSpec spec;
  spec.scenario = parts.front();
  resolve_options(program, spec);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (!assign_part(program, *scenario, parts[i], spec, stated)) {
      return tl::make_unexpected(unknown_part(program, parts[i], key));
    }
  }
  if (spec.backend.empty() && spec.lock.empty() && spec.notifier.empty()) {
    return tl::make_unexpected(fmt::format("the key '{}' names no {}", key, kinds(*scenario)));
  }
  return spec;
}

}  // namespace ipcmark
