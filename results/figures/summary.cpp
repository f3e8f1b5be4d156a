#include "results/figures/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "results/figures/cost_figures.hpp"
#include "results/figures/published.hpp"
#include "results/figures/resolution.hpp"
#include "results/figures/statistics.hpp"

namespace ipcmark {
namespace {

using Trials = std::vector<const Trial*>;
using Values = std::vector<double>;

// A change of less makes no difference to anybody.
constexpr double default_effect = 0.05;

void count_outliers(const Values& values, Figure& figure) {
  const std::vector<Tukey> classes = classify_outliers(values);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (classes[i] == Tukey::mild) ++figure.mild_outliers;
    if (classes[i] != Tukey::severe) continue;
    if (figure.severe_outliers++ == 0 ||
        std::abs(values[i] - figure.median) > std::abs(figure.farthest - figure.median)) {
      figure.farthest = values[i];
    }
  }
}

// How a figure of a cell is declared, and what the clock leaves of it.
class Declared {
 public:
  Declared(const Catalogue& catalogue, const std::string& scenario, double clock_step_ns)
      : catalogue_(&catalogue), scenario_(&scenario), clock_step_ns_(clock_step_ns) {}
  // Where the clock is too coarse for the figure, its interval is as wide as a step at least.
  void widen(Figure& figure) const {
    const double effect = minimum_effect(figure.entry, figure.quantile).value_or(default_effect);
    const auto none = [](std::string_view) { return false; };
    figure.step = resolution_of(catalogue_->scenario(*scenario_), figure.entry, figure.name,
                                figure.quantile, figure.median, clock_step_ns_, effect, none)
                      .step_ns;
    figure.low -= figure.step / 2;
    figure.high += figure.step / 2;
    // Two neighbouring steps are no two groups.
    const bool apart = figure.groups.empty() ||
                       figure.groups[1].median - figure.groups[0].median > 2 * figure.step;
    if (!apart) figure.groups.clear();
  }
  FigureEntry histogram(const std::string& name) const {
    FigureEntry entry = catalogue_->figure(*scenario_, name, Unit::nanoseconds);
    entry.as = Recorded::histogram;
    return entry;
  }
  FigureEntry metric(const std::string& name, Unit unit) const {
    return catalogue_->figure(*scenario_, name, unit);
  }

 private:
  const Catalogue* catalogue_;
  const std::string* scenario_;
  double clock_step_ns_;
};

Figure make_figure(const std::string& name, const FigureEntry& entry, const Values& values) {
  Figure figure;
  figure.name = name;
  figure.entry = entry;
  figure.unit = entry.unit;
  figure.trials = static_cast<unsigned>(values.size());
  const Interval interval = quantile_interval(values);
  figure.low = interval.low;
  figure.high = interval.high;
  figure.coverage = interval.coverage;
  figure.median = median(values);
  count_outliers(values, figure);
  const auto groups = two_groups(values);
  if (groups && groups->gap > default_effect * figure.median) {
    figure.groups = {{groups->low, static_cast<unsigned>(groups->low_count)},
                     {groups->high, static_cast<unsigned>(groups->high_count)}};
  }
  return figure;
}

// The histograms of that name, of the trials that have one that is not empty.
std::vector<const Histogram*> histograms_of(const Trials& trials, const std::string& name) {
  std::vector<const Histogram*> found;
  for (const Trial* trial : trials) {
    const auto each = trial->histograms.find(name);
    if (each != trial->histograms.end() && each->second.count() > 0) found.push_back(&each->second);
  }
  return found;
}

Figure quantile_figure(const std::vector<const Histogram*>& histograms, const std::string& name,
                       const FigureEntry& entry, double q) {
  Values values;
  std::uint64_t samples = 0;
  bool enough = true;
  for (const Histogram* histogram : histograms) {
    values.push_back(static_cast<double>(histogram->quantile(q)));
    samples += histogram->count();
    enough = enough && histogram->beyond(q) >= samples_beyond;
  }
  Figure figure;
  if (enough) {
    figure = make_figure(name, entry, values);
  } else {
    figure.name = name;
    figure.entry = entry;
    figure.unit = entry.unit;
    figure.trials = static_cast<unsigned>(histograms.size());
    figure.needs = samples_needed(q, samples_beyond);
  }
  figure.quantile = q;
  figure.samples = samples;
  return figure;
}

// The extreme of all trials, with the range of the trials' own: no interval can be given for it.
Figure extreme_figure(const std::vector<const Histogram*>& histograms, const std::string& name,
                      const FigureEntry& entry, bool largest) {
  Figure figure;
  figure.name = name + (largest ? "_max" : "_min");
  figure.entry = entry;
  figure.unit = entry.unit;
  figure.trials = static_cast<unsigned>(histograms.size());
  Values values;
  for (const Histogram* histogram : histograms) {
    values.push_back(static_cast<double>(largest ? histogram->max() : histogram->min()));
    figure.samples += histogram->count();
  }
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  figure.low = *low;
  figure.high = *high;
  figure.median = largest ? *high : *low;
  count_outliers(values, figure);
  return figure;
}

void add_histograms(const Trials& trials, const Declared& declared, std::vector<Figure>& figures) {
  std::set<std::string> names;
  for (const Trial* trial : trials) {
    for (const auto& [name, histogram] : trial->histograms) names.insert(name);
  }
  for (const std::string& name : names) {
    const auto histograms = histograms_of(trials, name);
    if (histograms.empty()) continue;
    const FigureEntry entry = declared.histogram(name);
    for (const double q : published_quantiles(entry, static_cast<unsigned>(histograms.size()))) {
      figures.push_back(quantile_figure(histograms, name, entry, q));
      if (figures.back().needs == 0) declared.widen(figures.back());
    }
    if (entry.quantiles == Quantiles::median) continue;
    for (const bool largest : {false, true}) {
      figures.push_back(extreme_figure(histograms, name, entry, largest));
    }
  }
}

void add_metrics(const Trials& trials, const Declared& declared, std::vector<Figure>& figures) {
  std::vector<std::string> names;  // in the order the scenario gave them
  for (const Trial* trial : trials) {
    for (const Metric& metric : trial->metrics) {
      if (std::find(names.begin(), names.end(), metric.name) == names.end()) {
        names.push_back(metric.name);
      }
    }
  }
  for (const std::string& name : names) {
    Values values;
    Unit unit = Unit::count;
    std::uint64_t samples = 0;
    for (const Trial* trial : trials) {
      const Metric* metric = trial->metric(name);
      if (metric == nullptr) continue;
      values.push_back(metric->value);
      unit = metric->unit;
      samples += metric->samples;
    }
    figures.push_back(make_figure(name, declared.metric(name, unit), values));
    figures.back().unit = unit;  // that of the values, whatever another build declares
    figures.back().samples = samples;
  }
}

void add_costs(const Trials& trials, std::vector<Figure>& figures) {
  for (const CostFigure& each : cost_figures()) {
    if (!each.summarized) continue;
    const std::string name = each.figure.name;
    Values values;
    std::uint64_t samples = 0;
    for (const Trial* trial : trials) {
      const auto value = trial_value(*trial, name, -1);
      if (!value) continue;
      values.push_back(*value);
      const auto messages = trial->counts.find("messages_total");
      samples += messages == trial->counts.end() || messages->second < 0
                     ? 1
                     : static_cast<std::uint64_t>(messages->second);
    }
    if (values.empty()) continue;
    figures.push_back(make_figure(name, each.figure, values));
    figures.back().samples = samples;
  }
}

// Where there is but one trial in the state that is published, several in another show more.
constexpr std::size_t min_in_state = 2;

// By how much it moved; what was not taken moved more than all else.
double moved(double before, double after) {
  if (!(before > 0) || !(after > 0)) return std::numeric_limits<double>::infinity();
  return std::max(before, after) / std::min(before, after);
}

// By how much the canary moved, of the pair of CPUs of which it moved most.
double moved(const Trial* trial) {
  const Canary& canary = trial->canary;
  double max = moved(canary.core_to_core_before_ns, canary.core_to_core_after_ns);
  for (const CanaryPair& other : canary.others) {
    max = std::max(max, moved(other.before_ns, other.after_ns));
  }
  return max;
}

using MachineState = std::vector<PairState>;  // of each pair that was watched

// The trials that are published of those that passed, all of one state of the machine: of the one
// that is published, else of the one that most of them were in. A trial that is in no state is
// alike to no other, so that where there is nothing else one stands alone.
Trials of_one_state(const Cell& cell, const Trials& passed, const MachineView& machine,
                    Summary& summary) {
  Trials unknown;  // no canary tells of their state
  std::map<MachineState, Trials> by_state;
  for (const Trial* trial : passed) {
    TrialPlace where = machine.place_of(cell.spec, *trial);
    if (where.unsteady) continue;
    (where.states.empty() ? unknown : by_state[std::move(where.states)]).push_back(trial);
  }
  const auto fewer = [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); };
  std::map<MachineState, Trials> published;
  for (const auto& [state, trials] : by_state) {
    if (all_published(state)) published.emplace(state, trials);
  }
  const auto fitting = std::max_element(published.begin(), published.end(), fewer);
  const auto max = std::max_element(by_state.begin(), by_state.end(), fewer);
  const std::size_t in_state = fitting == published.end() ? 0 : fitting->second.size();
  const bool enough = in_state + unknown.size() >= std::min(min_in_state, passed.size());
  if (enough || (in_state > 0 && max->second.size() <= in_state)) {
    if (in_state > 0) summary.machine_state_ns = fitting->first.front().ns();
    Trials chosen = std::move(unknown);
    if (in_state > 0) chosen.insert(chosen.end(), fitting->second.begin(), fitting->second.end());
    return chosen;
  }
  summary.comparable = false;
  if (max != by_state.end()) {
    summary.machine_state_ns = decisive(max->first).ns();
    return max->second;
  }
  if (!unknown.empty()) return unknown;
  return {*std::min_element(passed.begin(), passed.end(),
                            [](const Trial* a, const Trial* b) { return moved(a) < moved(b); })};
}

Trials passed_trials(const Cell& cell) {
  Trials passed;
  for (const Trial& trial : cell.trials) {
    if (trial.state == State::passed) passed.push_back(&trial);
  }
  return passed;
}

}  // namespace

const Figure* Summary::figure(std::string_view name, double quantile) const {
  for (const Figure& each : figures) {
    if (each.name == name && each.quantile == quantile) return &each;
  }
  return nullptr;
}

Summary summarize(const Cell& cell, const MachineView& machine, const Catalogue& catalogue) {
  Summary summary;
  summary.trials = static_cast<unsigned>(cell.trials.size());
  if (cell.trials.empty()) {
    summary.state = State::interrupted;
    summary.reason = "the run ended before its first trial";
    return summary;
  }
  const bool any = !passed_trials(cell).empty();
  for (const Trial& trial : cell.trials) {
    if (any && trial.cause == Cause::void_round) {
      ++summary.voided;  // no outcome, where there is one
      continue;
    }
    if (trial.state != State::passed && trial.state != State::interrupted) ++summary.not_passed;
    if (severity(trial.state) > severity(summary.state)) {
      summary.state = trial.state;
      summary.reason = trial.reason;
    }
  }
  const Trials passed = passed_trials(cell);
  for (const Trial* trial : passed) {
    if (!trial->steady || machine.place_of(cell.spec, *trial).unsteady) ++summary.unsteady;
  }
  const Trials published = of_one_state(cell, passed, machine, summary);
  summary.published = static_cast<unsigned>(published.size());
  summary.left_out = static_cast<unsigned>(passed.size() - published.size());
  summary.saturated = saturated_trials(cell);
  if (summary.state == State::passed) summary.reason = saturation_text(cell);
  const Declared declared(catalogue, cell.spec.scenario, machine.clock_step_ns());
  if (summary.saturated == 0) add_histograms(published, declared, summary.figures);
  add_metrics(published, declared, summary.figures);
  add_costs(published, summary.figures);
  return summary;
}

unsigned saturated_trials(const Cell& cell) {
  unsigned saturated = 0;
  for (const Trial& trial : cell.trials) {
    if (trial.state == State::passed && trial.counts.contains("saturated")) ++saturated;
  }
  return saturated;
}

std::string saturation_text(const Cell& cell) {
  const unsigned saturated = saturated_trials(cell);
  if (saturated == 0) return {};
  return fmt::format("saturated in {} of {} trials", saturated, cell.trials.size());
}

double half_width(const Figure& figure) {
  return figure.median > 0 ? (figure.high - figure.low) / 2 / figure.median : 0;
}

double half_spread(const Figure& figure) {
  return figure.median > 0 ? half_width(figure) - figure.step / 2 / figure.median : 0;
}

std::uint64_t more_trials_for(const Figure& figure, double target) {
  if (!figure.groups.empty()) return 0;
  const double trials = figure.trials;
  const double excess = half_spread(figure) / target;
  const double needed = std::max(excess > 1 ? trials * excess * excess : trials,
                                 static_cast<double>(min_trials_for_interval()));
  return static_cast<std::uint64_t>(std::ceil(needed - trials));
}

const Figure* published_figure(const Summary& summary, std::string_view name, double quantile) {
  const Figure* figure = summary.figure(name, quantile);
  return figure != nullptr && figure->needs == 0 && figure->median > 0 ? figure : nullptr;
}

const Figure& stand_in(const Summary& summary, const ScenarioFacts* scenario,
                       const Figure& figure) {
  const auto has = [&summary](std::string_view name) {
    return published_figure(summary, name, 0.5) != nullptr;
  };
  const double effect = minimum_effect(figure.entry, figure.quantile).value_or(default_effect);
  const Resolution chosen = resolution_of(scenario, figure.entry, figure.name, figure.quantile,
                                          figure.median, figure.step, effect, has);
  const Figure* other = published_figure(summary, chosen.name, figure.quantile);
  return other == nullptr ? figure : *other;
}

const Figure* main_figure(const Summary& summary, const ScenarioFacts* scenario) {
  if (scenario != nullptr) {
    for (const FigureEntry& each : scenario->headlines()) {
      const double quantile = each.as == Recorded::histogram ? 0.5 : -1;
      const Figure* figure = published_figure(summary, each.name, quantile);
      if (figure == nullptr) continue;
      return &stand_in(summary, scenario, *figure);
    }
    return nullptr;
  }
  for (const bool time : {true, false}) {
    for (const Figure& figure : summary.figures) {
      const bool fits = time ? figure.quantile == 0.5 : is_rate(figure.unit);
      if (fits && figure.needs == 0 && figure.median > 0) return &figure;
    }
  }
  return nullptr;
}

std::vector<const Trial*> published_trials(const Cell& cell, const MachineView& machine) {
  Summary unused;
  return of_one_state(cell, passed_trials(cell), machine, unused);
}

}  // namespace ipcmark
