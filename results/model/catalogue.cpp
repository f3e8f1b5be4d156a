#include "results/model/catalogue.hpp"

#include <algorithm>

namespace ipcmark {
namespace {

template <class Row>
const Row* named(const std::vector<Row>& rows, std::string_view name) {
  const auto found =
      std::find_if(rows.begin(), rows.end(), [name](const Row& row) { return name == row.name; });
  return found == rows.end() ? nullptr : &*found;
}

const FigureEntry* find_in(const std::vector<FigureEntry>& rows, std::string_view figure) {
  if (const FigureEntry* row = named(rows, figure)) return row;
  for (const std::string_view ending : {"_min", "_max"}) {
    if (!figure.ends_with(ending)) continue;
    const FigureEntry* row = named(rows, figure.substr(0, figure.size() - ending.size()));
    if (row != nullptr && row->as == Recorded::histogram) return row;
  }
  return nullptr;
}

Better better_of(Unit unit) {
  if (is_time(unit)) return Better::lower;
  return is_rate(unit) || unit == Unit::bytes_per_second ? Better::higher : Better::neither;
}

}  // namespace

const char* to_string(Better better) {
  switch (better) {
    case Better::lower:
      return "lower";
    case Better::higher:
      return "higher";
    case Better::neither:
      return "neither";
  }
  return "neither";
}

std::vector<FigureEntry> ScenarioFacts::headlines() const {
  std::vector<FigureEntry> chosen;
  for (const FigureEntry& entry : figures) {
    if (entry.headline) chosen.push_back(entry);
  }
  return chosen;
}

std::optional<std::int64_t> ScenarioFacts::option(const RunSpec& spec,
                                                  const std::string& option_name) const {
  if (const auto own = spec.options.find(option_name); own != spec.options.end()) {
    return own->second;
  }
  const auto found = defaults.find(option_name);
  return found == defaults.end() ? std::nullopt : std::optional(found->second);
}

const ScenarioFacts* Catalogue::scenario(std::string_view name) const {
  return named(scenarios, name);
}

const ScenarioFacts* Catalogue::answering(Exchange exchange) const {
  const auto found =
      std::find_if(scenarios.begin(), scenarios.end(), [exchange](const ScenarioFacts& each) {
        return each.answer && each.answer->exchange == exchange;
      });
  return found == scenarios.end() ? nullptr : &*found;
}

const FigureEntry* Catalogue::find(std::string_view scenario_name, std::string_view figure) const {
  if (const ScenarioFacts* own = scenario(scenario_name)) {
    if (const FigureEntry* entry = find_in(own->figures, figure)) return entry;
  }
  return find_in(shared, figure);
}

FigureEntry Catalogue::figure(std::string_view scenario_name, std::string_view figure,
                              Unit unit) const {
  if (const FigureEntry* entry = find(scenario_name, figure)) return *entry;
  return {.unit = unit, .better = better_of(unit)};
}

const MechanismFacts* Catalogue::mechanism(const RunSpec& spec) const {
  if (!spec.backend.empty()) return named(backends, spec.backend);
  return spec.notifier.empty() ? nullptr : named(notifiers, spec.notifier);
}

}  // namespace ipcmark
