#include "scenarios/scenario.hpp"

#include <iterator>
#include <sstream>

#include "results/figures/cost_figures.hpp"
#include "scenarios/figures.hpp"

namespace ipcmark {
namespace {

ScenarioFacts facts_of(const ScenarioEntry& entry) {
  ScenarioFacts facts;
  facts.name = entry.name;
  facts.timed = entry.timed;
  facts.view = entry.view;
  facts.answer = entry.answer;
  facts.ends = entry.ends;
  facts.figures = entry.figures;
  if (entry.measures_losses) {
    facts.figures.insert(facts.figures.end(), loss_figures().begin(), loss_figures().end());
  }
  for (const OptionRow& row : entry.options) facts.defaults[row.name] = row.default_value;
  return facts;
}

std::vector<std::string> words_of(const char* text) {
  std::istringstream words(text);
  return {std::istream_iterator<std::string>(words), std::istream_iterator<std::string>()};
}

}  // namespace

Catalogue catalogue_of(const Program& program) {
  Catalogue catalogue;
  for (const ScenarioEntry& entry : program.scenarios) {
    catalogue.scenarios.push_back(facts_of(entry));
  }
  for (const CostFigure& each : cost_figures()) catalogue.shared.push_back(each.figure);
  for (const IntegrityField& each : integrity_fields()) catalogue.shared.push_back(each.figure);
  for (const CanaryField& each : canary_fields()) catalogue.shared.push_back(each.figure);
  for (const FigureEntry& each : launch_figures()) catalogue.shared.push_back(each);
  for (const BackendEntry& entry : program.registry.backends) {
    catalogue.backends.push_back({entry.name, entry.note, entry.network, entry.snippet,
                                  words_of(entry.limits), entry.foreign != nullptr});
  }
  for (const NotifierEntry& entry : program.registry.notifiers) {
    catalogue.notifiers.push_back({entry.name, entry.note, false, entry.snippet, {}});
  }
  return catalogue;
}

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
    spec.options.emplace(row.name,
                         spec.defaults.try_emplace(row.name, row.default_value).first->second);
  }
}

std::string unknown_option(const Program& program, const RunSpec& spec) {
  const ScenarioEntry* scenario = program.scenario(spec.scenario);
  if (scenario == nullptr) return {};
  for (const auto& option : spec.options) {
    const bool known =
        std::any_of(scenario->options.begin(), scenario->options.end(),
                    [&option](const OptionRow& row) { return option.first == row.name; });
    if (!known) return option.first;
  }
  return {};
}

}  // namespace ipcmark
