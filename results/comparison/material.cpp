#include "results/comparison/material.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "results/comparison/pairing.hpp"
#include "results/figures/cost_figures.hpp"

namespace ipcmark {
namespace {

using Trials = std::vector<const Trial*>;

Material of_rounds(const CellPair& pair) {
  const Rounds rounds = pair_rounds(*pair.base, *pair.candidate);
  Material material;
  std::map<int, unsigned> states;
  for (const TrialPair& each : rounds.pairs) {
    material.base.push_back(each.base);
    material.candidate.push_back(each.candidate);
    ++states[each.state];
  }
  const auto max = std::max_element(states.begin(), states.end(), [](const auto& a, const auto& b) {
    return a.second < b.second;
  });
  for (const TrialPair& each : rounds.pairs) {
    if (each.state != max->first) continue;
    material.shown_base.push_back(each.base);
    material.shown_candidate.push_back(each.candidate);
  }
  material.unfinished = rounds.unfinished;
  material.moved = static_cast<unsigned>(rounds.moved.size());
  return material;
}

Material of_stored(const CellPair& pair, bool other_cpus) {
  SharedState shared = shared_state(*pair.base, *pair.candidate, pair.repeats, other_cpus);
  Material material;
  material.base = material.shown_base = std::move(shared.base);
  material.candidate = material.shown_candidate = std::move(shared.candidate);
  material.repeats = std::move(shared.repeats);
  material.unfinished = shared.unfinished;
  material.moved = shared.elsewhere;
  material.base_cpus = std::move(shared.base_cpus);
  material.candidate_cpus = std::move(shared.candidate_cpus);
  return material;
}

std::optional<double> value_of(const Trial& trial, const ComparedFigure& figure) {
  if (figure.quantile >= 0) {
    const auto histogram = trial.histograms.find(figure.name);
    if (histogram == trial.histograms.end() ||
        histogram->second.beyond(figure.quantile) < samples_beyond) {
      return std::nullopt;
    }
  }
  return trial_value(trial, figure.name, figure.quantile);
}

ComparedFigure named(const std::string& key, const std::string& name, double quantile, Unit unit,
                     const FigureEntry& entry) {
  ComparedFigure figure;
  figure.key = key;
  figure.name = name;
  figure.quantile = quantile;
  figure.unit = unit;
  figure.entry = entry;
  return figure;
}

}  // namespace

Material material_of(const CellPair& pair, const ComparisonOptions& options) {
  return options.rounds ? of_rounds(pair) : of_stored(pair, options.other_cpus);
}

std::string why_none(const Material& material) {
  if (!material.base_cpus.empty()) {
    return fmt::format(
        "measured on other CPUs: the canaries of the base watched {}, those of the candidate {}; "
        "measure both on the same ones (--cpus)",
        fmt::join(material.base_cpus, " and "), fmt::join(material.candidate_cpus, " and "));
  }
  if (material.moved > 0) return "the two sides saw different states of the machine";
  if (material.unfinished > 0) return "no trial that passed on both sides";
  return "no trial on both sides";
}

std::vector<double> values_of(const Trials& trials, const ComparedFigure& figure) {
  std::vector<double> values;
  for (const Trial* trial : trials) {
    const auto value = value_of(*trial, figure);
    if (!value) return {};
    values.push_back(*value);
  }
  return values;
}

std::size_t trials_with(const Trials& trials, const ComparedFigure& figure) {
  return static_cast<std::size_t>(std::count_if(
      trials.begin(), trials.end(),
      [&figure](const Trial* trial) { return value_of(*trial, figure).has_value(); }));
}

bool measured_in(const Trials& trials, const ComparedFigure& figure) {
  return std::any_of(trials.begin(), trials.end(), [&figure](const Trial* trial) {
    if (figure.quantile < 0) return value_of(*trial, figure).has_value();
    const auto histogram = trial->histograms.find(figure.name);
    return histogram != trial->histograms.end() && histogram->second.count() > 0;
  });
}

std::vector<ComparedFigure> figures_of(const std::string& key, const Cell& cell,
                                       const Catalogue& catalogue) {
  const std::string& scenario = cell.spec.scenario;
  std::vector<ComparedFigure> figures;
  std::set<std::string> seen;
  for (const Trial& trial : cell.trials) {
    if (trial.state != State::passed) continue;
    for (const auto& [name, histogram] : trial.histograms) {
      if (!seen.insert(name).second) continue;
      const FigureEntry entry = catalogue.figure(scenario, name, Unit::nanoseconds);
      for (const double q : published_quantiles(entry, ~0U)) {
        figures.push_back(named(key, name, q, Unit::nanoseconds, entry));
      }
    }
    for (const Metric& metric : trial.metrics) {
      if (!seen.insert(metric.name).second) continue;
      figures.push_back(named(key, metric.name, -1, metric.unit,
                              catalogue.figure(scenario, metric.name, metric.unit)));
    }
    for (const CostFigure& cost : cost_figures()) {
      const char* name = cost.figure.name;
      if (!cost.summarized || !trial_value(trial, name, -1) || !seen.insert(name).second) continue;
      figures.push_back(named(key, name, -1, cost.figure.unit, cost.figure));
    }
  }
  return figures;
}

ComparedFigure figure_for_all(const CellPair& pair, const Catalogue& catalogue) {
  const ScenarioFacts* scenario = catalogue.scenario(pair.base->spec.scenario);
  std::vector<FigureEntry> declared;
  if (scenario != nullptr) declared = scenario->headlines();
  if (scenario != nullptr && declared.empty()) declared = scenario->figures;
  const auto row = [&pair](const FigureEntry& entry) {
    const double quantile = entry.as == Recorded::histogram ? 0.5 : -1;
    return named(pair.key, entry.name, quantile, entry.unit, entry);
  };
  for (const Cell* cell : {pair.base, pair.candidate}) {
    for (const Trial& trial : cell->trials) {
      for (const FigureEntry& entry : declared) {
        ComparedFigure figure = row(entry);
        if (trial_value(trial, figure.name, figure.quantile)) return figure;
      }
      if (scenario != nullptr || trial.histograms.empty()) continue;
      const std::string& name = trial.histograms.begin()->first;
      return named(pair.key, name, 0.5, Unit::nanoseconds,
                   catalogue.figure(cell->spec.scenario, name, Unit::nanoseconds));
    }
  }
  return declared.empty() ? named(pair.key, "figures", -1, Unit::count, {}) : row(declared.front());
}

const Trial* first_failed(const Cell& cell) {
  const auto found = std::find_if(cell.trials.begin(), cell.trials.end(),
                                  [](const Trial& trial) { return is_failure(trial.state); });
  return found == cell.trials.end() ? nullptr : &*found;
}

std::optional<std::string> failure_in(const std::string& key, const Cell& cell) {
  const Trial* broken = first_failed(cell);
  if (broken == nullptr) return std::nullopt;
  return fmt::format("{}: {}: {}", key, to_string(broken->state), broken->reason);
}

std::string skipped_more_often(const CellPair& pair) {
  const auto skipped = [](const Cell& cell) {
    return static_cast<std::size_t>(
        std::count_if(cell.trials.begin(), cell.trials.end(),
                      [](const Trial& trial) { return trial.state == State::skipped; }));
  };
  const std::size_t ours = skipped(*pair.base);
  const std::size_t theirs = skipped(*pair.candidate);
  const std::size_t of_ours = pair.base->trials.size();
  const std::size_t of_theirs = pair.candidate->trials.size();
  if (theirs * of_ours <= ours * of_theirs) return {};  // the shares, without a division
  const auto reason = std::find_if(pair.candidate->trials.begin(), pair.candidate->trials.end(),
                                   [](const Trial& t) { return t.state == State::skipped; });
  return fmt::format("skipped in {} of {} trials (the base: in {} of {}): {}", theirs, of_theirs,
                     ours, of_ours, reason->reason);
}

}  // namespace ipcmark
