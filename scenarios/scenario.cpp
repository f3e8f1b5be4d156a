#include "scenarios/scenario.hpp"

namespace ipcmark {

const ScenarioEntry* Program::scenario(std::string_view name) const {
  for (const ScenarioEntry& entry : scenarios) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

void resolve_options(const Program& program, RunSpec& spec) {
  const ScenarioEntry* scenario = program.scenario(spec.scenario);
  if (scenario == nullptr) return;
  for (const OptionRow& row : scenario->options) {
    if (spec.options.contains(row.name)) continue;
    const std::int64_t usual = spec.defaults.try_emplace(row.name, row.default_value).first->second;
    spec.options.emplace(row.name, usual);
  }
}

}  // namespace ipcmark
