// A cell's key back to its RunSpec. A part says by itself what it is, so their order is free.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "results/model/cell_key.hpp"
#include "results/text/nearest.hpp"
#include "results/text/quantities.hpp"
#include "scenarios/plan/plan.hpp"
#include "scenarios/traffic/faults.hpp"

namespace ipcmark {

namespace {

template <class Number>
std::optional<Number> number_of(const std::string& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <class Value>
bool assign(std::optional<Value> value, Value& place) {
  if (value) place = *value;
  return value.has_value();
}

bool assign_cpus(const std::string& value, RunSpec& spec) {
  for (const std::string& one : split_at(value, ',')) {
    const auto cpu = number_of<int>(one);
    if (!cpu || *cpu < 0) return false;
    spec.cpus.push_back(*cpu);
  }
  return true;
}

bool assign_option(const ScenarioEntry& scenario, const std::string& name, const std::string& value,
                   RunSpec& spec) {
  for (const OptionRow& row : scenario.options) {
    if (name != row.name) continue;
    const auto word = std::find(row.words.begin(), row.words.end(), value);
    const auto number = word == row.words.end() ? number_of<std::int64_t>(value)
                                                : std::optional(word - row.words.begin());
    if (!number || *number < 0) return false;
    if (*number != row.otherwise) spec.options[name] = *number;
    return true;
  }
  return false;
}

bool assign_named(const Program& program, const ScenarioEntry& scenario, const std::string& name,
                  const std::string& value, RunSpec& spec) {
  if (name == "depth") return assign(number_of<std::uint32_t>(value), spec.depth);
  if (name == "batch") return assign(number_of<std::uint32_t>(value), spec.batch);
  if (name == "verify") return assign(verify_from(value), spec.verify);
  if (name == "touch") return assign(touch_from(value), spec.touch);
  if (name == "cpus") return assign_cpus(value, spec);
  if (name == "lock") {
    spec.lock = value;
    return scenario.uses_lock && program.registry.lock(value) != nullptr;
  }
  if (name == "notifier") {
    spec.notifier = value;
    return scenario.uses_notifier && program.registry.notifier(value) != nullptr;
  }
  if (name == "fault") {
    spec.fault = value;
    return fault_error(value, &scenario).empty();
  }
  return assign_option(scenario, name, value, spec);
}

bool assign_part(const Program& program, const ScenarioEntry& scenario, const std::string& part,
                 RunSpec& spec) {
  const auto equals = part.find('=');
  if (equals != std::string::npos) {
    return assign_named(program, scenario, part.substr(0, equals), part.substr(equals + 1), spec);
  }
  if (part == "zero-copy") return spec.zero_copy = true;
  if (scenario.uses_backend && program.registry.backend(part) != nullptr) {
    spec.backend = part;
    return true;
  }
  if (assign(wait_from(part), spec.wait) || assign(placement_from(part), spec.placement)) {
    return true;
  }
  return assign(parse_size(part), spec.size) && spec.size <= largest_size;
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
  const std::vector<std::string> parts = split_at(key, '/');
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
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (!assign_part(program, *scenario, parts[i], spec)) {
      return tl::make_unexpected(unknown_part(program, parts[i], key));
    }
  }
  if (spec.backend.empty() && spec.lock.empty() && spec.notifier.empty()) {
    return tl::make_unexpected(fmt::format("the key '{}' names no {}", key, kinds(*scenario)));
  }
  return spec;
}

}  // namespace ipcmark
