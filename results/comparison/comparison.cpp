#include "results/comparison/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "results/comparison/pairing.hpp"
#include "results/figures/cost_figures.hpp"
#include "results/model/capabilities.hpp"

namespace ipcmark {
namespace {

constexpr double alpha = 0.05;
constexpr double two_sided_tail = 0.025;
constexpr std::size_t most_tests = 20;

using Trials = std::vector<const Trial*>;
using Values = std::vector<double>;

// The trials of a cell that take part, and what to say when there are none.
struct Material {
  Trials base, candidate;
  Trials shown_base, shown_candidate;  // those of the commonest state, for the medians
  std::vector<Trials> repeats;
  std::string why_none;
  unsigned unusable = 0, apart = 0;
};

std::string why_none(unsigned unusable, unsigned apart) {
  if (apart > 0) return "the two sides saw different states of the machine";
  if (unusable > 0) return "no trial that finished in a steady state on both sides";
  return "no trial on both sides";
}

Material of_rounds(const CellPair& pair) {
  const Rounds rounds = pair_rounds(*pair.base, *pair.candidate);
  Material material;
  std::map<int, unsigned> states;
  for (const TrialPair& each : rounds.pairs) {
    material.base.push_back(each.base);
    material.candidate.push_back(each.candidate);
    ++states[each.state];
  }
  const auto most =
      std::max_element(states.begin(), states.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  for (const TrialPair& each : rounds.pairs) {
    if (each.state != most->first) continue;
    material.shown_base.push_back(each.base);
    material.shown_candidate.push_back(each.candidate);
  }
  material.unusable = rounds.unusable;
  material.apart = rounds.apart;
  return material;
}

Material of_stored(const CellPair& pair) {
  SharedState shared = shared_state(*pair.base, *pair.candidate, pair.repeats);
  Material material;
  material.base = material.shown_base = std::move(shared.base);
  material.candidate = material.shown_candidate = std::move(shared.candidate);
  material.repeats = std::move(shared.repeats);
  material.unusable = shared.unusable;
  material.apart = shared.elsewhere;
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

// Of every trial, or none: a quantile that one trial is too short for is not published.
Values values_of(const Trials& trials, const ComparedFigure& figure) {
  Values values;
  for (const Trial* trial : trials) {
    const auto value = value_of(*trial, figure);
    if (!value) return {};
    values.push_back(*value);
  }
  return values;
}

// Of a figure that one side at least does not publish.
std::string why_unpublished(const ComparedFigure& figure, const Material& material) {
  if (material.base.empty() || material.candidate.empty()) {
    return why_none(material.unusable, material.apart);
  }
  if (figure.quantile <= 0.5) return "not measured in every trial of both sides";
  const auto enough =
      std::count_if(material.candidate.begin(), material.candidate.end(),
                    [&figure](const Trial* trial) { return value_of(*trial, figure).has_value(); });
  return fmt::format(
      "the candidate has samples enough for it in {} of {} trials, the base in all: it may be much "
      "worse; give both more (--messages, --duration)",
      enough, material.candidate.size());
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

// Every figure that a passed trial of the base has, without values.
std::vector<ComparedFigure> figures_of(const CellPair& pair, const Catalogue& catalogue) {
  const std::string& scenario = pair.base->spec.scenario;
  std::vector<ComparedFigure> figures;
  std::set<std::string> seen;
  for (const Trial& trial : pair.base->trials) {
    if (trial.state != State::passed) continue;
    for (const auto& [name, histogram] : trial.histograms) {
      if (!seen.insert(name).second) continue;
      const FigureEntry entry = catalogue.figure(scenario, name, Unit::nanoseconds);
      for (const double q : published_quantiles(entry, ~0U)) {
        figures.push_back(named(pair.key, name, q, Unit::nanoseconds, entry));
      }
    }
    for (const Metric& metric : trial.metrics) {
      if (!seen.insert(metric.name).second) continue;
      figures.push_back(named(pair.key, metric.name, -1, metric.unit,
                              catalogue.figure(scenario, metric.name, metric.unit)));
    }
    for (const CostFigure& cost : cost_figures()) {
      const char* name = cost.figure.name;
      if (!cost.summarized || !trial_value(trial, name, -1) || !seen.insert(name).second) continue;
      figures.push_back(named(pair.key, name, -1, cost.figure.unit, cost.figure));
    }
  }
  return figures;
}

// Why a cell's figures are shown but not gated; empty: they are.
std::string exempt(const CellPair& pair, unsigned cpus) {
  if (declares(pair.base->capabilities, "one_process")) return "the harness's own floor";
  for (const Trial& trial : pair.base->trials) {
    if (cpus > 0 && trial.costs.size() > cpus) return "more processes than CPUs";
  }
  return {};
}

void set_limit(ComparedFigure& figure, const ComparisonOptions& options) {
  const auto effect = minimum_effect(figure.entry, figure.quantile);
  if (!effect) return;
  const double usual = 0.05;
  const double scale = options.threshold > 0 ? options.threshold / usual : 1;
  figure.gated = true;
  figure.limit = 1 + *effect * scale;
}

bool all_positive(const Values& values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return v > 0; });
}

// A gated figure on its way to a verdict.
struct Case {
  std::size_t figure = 0;  // index
  Evidence evidence;
  Values worse_logs;                      // paired: ln of how much worse each is
  std::optional<UnpairedRatio> unpaired;  // stored: turned so that above 1 is worse
};

Case paired_case(const ComparedFigure& figure) {
  Case made;
  const bool higher = figure.entry.better == Better::higher;
  made.evidence =
      paired_evidence(figure.base_values, figure.candidate_values, higher, figure.limit);
  for (std::size_t i = 0; i < figure.base_values.size(); ++i) {
    const double log = std::log(figure.candidate_values[i] / figure.base_values[i]);
    made.worse_logs.push_back(higher ? -log : log);
  }
  return made;
}

Case stored_case(const ComparedFigure& figure, const RunToRun& between) {
  Case made;
  const bool higher = figure.entry.better == Better::higher;
  made.unpaired.emplace(higher ? figure.candidate_values : figure.base_values,
                        higher ? figure.base_values : figure.candidate_values, between);
  made.evidence = {figure.limit, made.unpaired->p_above(figure.limit),
                   made.unpaired->p_below(1 / figure.limit), made.unpaired->ratio().interval};
  return made;
}

class Comparing {
 public:
  Comparing(const Catalogue& catalogue, const ComparisonOptions& options)
      : catalogue_(catalogue), options_(options) {
    result_.rounds = options.rounds;
    result_.threshold = options.threshold;
  }
  void add(const CellPair& pair);
  Comparison finish() &&;

 private:
  void add_figure(ComparedFigure figure, const Material& material, const std::string& exemption);
  RunToRun between(const ComparedFigure& figure, const Material& material);
  void explain(const Case& each, ComparedFigure& figure) const;
  void note_what_was_left_out();
  void note_tests();

  const Catalogue& catalogue_;
  const ComparisonOptions& options_;
  Comparison result_;
  std::vector<Case> cases_;
  std::set<std::string> failed_;  // keys, of the candidate's cells
  unsigned unusable_ = 0, apart_ = 0;
  unsigned without_repeats_ = 0;
  unsigned other_length_ = 0;  // cells whose trials last differently long on both sides
  std::size_t fewest_pairs_ = ~std::size_t{0};
};

const Trial* first_failed(const Cell& cell) {
  for (const Trial& trial : cell.trials) {
    if (is_failure(trial.state)) return &trial;
  }
  return nullptr;
}

void Comparing::add(const CellPair& pair) {
  ++result_.cells;
  if (const Trial* broken = first_failed(*pair.candidate)) {
    failed_.insert(pair.key);
    result_.failed.push_back(
        fmt::format("{}: {}: {}", pair.key, to_string(broken->state), broken->reason));
  } else if (const Trial* before = first_failed(*pair.base)) {
    result_.notes.push_back(fmt::format("{} failed in the base ({}: {}) and not in the candidate.",
                                        pair.key, to_string(before->state), before->reason));
  }
  if (pair.base->spec.duration_ns != pair.candidate->spec.duration_ns ||
      pair.base->spec.messages != pair.candidate->spec.messages) {
    ++other_length_;
  }
  const Material material = options_.rounds ? of_rounds(pair) : of_stored(pair);
  unusable_ += material.unusable;
  apart_ += material.apart;
  const std::string exemption = exempt(pair, options_.cpus);
  for (ComparedFigure& figure : figures_of(pair, catalogue_)) {
    add_figure(std::move(figure), material, exemption);
  }
}

RunToRun Comparing::between(const ComparedFigure& figure, const Material& material) {
  if (options_.variation != nullptr) {
    return options_.variation->of(figure.key, figure.name, figure.quantile);
  }
  Values medians;
  for (const Trials& run : material.repeats) {
    const Values values = values_of(run, figure);
    if (!values.empty()) medians.push_back(median(values));
  }
  return run_to_run(medians);
}

void Comparing::add_figure(ComparedFigure figure, const Material& material,
                           const std::string& exemption) {
  figure.base_values = values_of(material.base, figure);
  figure.candidate_values = values_of(material.candidate, figure);
  set_limit(figure, options_);
  if (figure.gated && !exemption.empty()) {
    figure.gated = false;
    figure.note = exemption;
  }
  if (figure.base_values.empty() || figure.candidate_values.empty()) {
    // A quantile may be unpublished for want of messages; but what is gated must not vanish: a tail
    // that grows leaves fewer trips in the same time, and with them no tail to judge.
    if (!figure.gated || (figure.quantile > 0.5 && figure.base_values.empty())) return;
    figure.note = why_unpublished(figure, material);
    result_.figures.push_back(std::move(figure));
    return;
  }
  figure.base = median(values_of(material.shown_base, figure));
  figure.candidate = median(values_of(material.shown_candidate, figure));
  if (!all_positive(figure.base_values) || !all_positive(figure.candidate_values)) {
    if (figure.gated) figure.note = "some of its values are 0";
    result_.figures.push_back(std::move(figure));
    return;
  }
  const RunToRun spread = figure.between = between(figure, material);
  if (options_.repeats && figure.gated && spread.runs == 0) ++without_repeats_;
  figure.ratio = options_.rounds
                     ? paired_ratio(figure.candidate_values, figure.base_values)
                     : UnpairedRatio(figure.base_values, figure.candidate_values, spread).ratio();
  if (figure.gated) {
    Case made = options_.rounds ? paired_case(figure) : stored_case(figure, spread);
    made.figure = result_.figures.size();
    fewest_pairs_ = std::min(fewest_pairs_, figure.base_values.size());
    cases_.push_back(std::move(made));
  }
  result_.figures.push_back(std::move(figure));
}

// How far an inconclusive figure is from a verdict.
void Comparing::explain(const Case& each, ComparedFigure& figure) const {
  const double strictest = alpha / static_cast<double>(cases_.size());
  if (options_.rounds) {
    const double bound = std::log(figure.limit);
    const auto above =
        static_cast<std::uint64_t>(std::count_if(each.worse_logs.begin(), each.worse_logs.end(),
                                                 [bound](double log) { return log > bound; }));
    const std::uint64_t pairs = each.worse_logs.size();
    figure.more_rounds = more_pairs(above, pairs, 2 * above > pairs ? strictest : two_sided_tail);
  } else {
    const bool worse = each.unpaired->ratio().ratio > figure.limit;
    figure.more_rounds =
        each.unpaired->more_trials(figure.limit, worse ? strictest : two_sided_tail);
  }
  const char* unit = options_.rounds ? "rounds" : "trials";
  const std::string why =
      each.evidence.ratio.coverage > 0 ? "too noisy" : fmt::format("too few {}", unit);
  figure.note = figure.more_rounds
                    ? fmt::format("{}, about {} more {}", why, *figure.more_rounds, unit)
                    : fmt::format("{}; more {} will not decide it", why, unit);
}

void Comparing::note_what_was_left_out() {
  if (other_length_ > 0) {
    result_.notes.push_back(fmt::format(
        "The trials of {} cells are not of the same length on both sides.", other_length_));
  }
  if (unusable_ + apart_ == 0) return;
  result_.notes.push_back(
      fmt::format("{} left out: {} not finished or not steady, {} in another state of the machine.",
                  options_.rounds ? "Rounds" : "Trials", unusable_, apart_));
}

void Comparing::note_tests() {
  if (cases_.size() > most_tests) {
    result_.notes.push_back(
        fmt::format("{} tests at once: each has to clear a higher bar (Holm); choose fewer cells "
                    "for a sharper gate.",
                    cases_.size()));
  }
  if (options_.rounds && !cases_.empty() && fewest_pairs_ < least_pairs(cases_.size())) {
    result_.notes.push_back(
        fmt::format("With {} tests a regression can be found from {} rounds on; some have only {}.",
                    cases_.size(), least_pairs(cases_.size()), fewest_pairs_));
  }
  if (without_repeats_ > 0) {
    result_.notes.push_back(
        fmt::format("{} figures are in fewer than two of the repeats: their intervals are not "
                    "widened.",
                    without_repeats_));
  }
}

Comparison Comparing::finish() && {
  std::vector<Evidence> evidence;
  evidence.reserve(cases_.size());
  for (const Case& each : cases_) evidence.push_back(each.evidence);
  const std::vector<Judgement> judgements = judge(evidence, alpha);
  for (std::size_t i = 0; i < cases_.size(); ++i) {
    ComparedFigure& figure = result_.figures[cases_[i].figure];
    figure.judgement = judgements[i];
    if (figure.is(Verdict::improved) && failed_.contains(figure.key)) {
      // Who loses messages may well be faster by that.
      figure.judgement.verdict = Verdict::inconclusive;
      figure.note = "faster, but it did not pass in every trial";
      continue;
    }
    if (figure.is(Verdict::inconclusive)) explain(cases_[i], figure);
  }
  note_what_was_left_out();
  note_tests();
  return std::move(result_);
}

}  // namespace

std::string label_of(const ComparedFigure& figure) {
  return figure_label(figure.entry, figure.name, figure.quantile);
}

std::size_t Comparison::count(Verdict verdict) const {
  return static_cast<std::size_t>(
      std::count_if(figures.begin(), figures.end(),
                    [verdict](const ComparedFigure& each) { return each.is(verdict); }));
}

std::size_t Comparison::gated() const {
  return static_cast<std::size_t>(std::count_if(
      figures.begin(), figures.end(), [](const ComparedFigure& each) { return each.gated; }));
}

Comparison compare_cells(const std::vector<CellPair>& pairs, const Catalogue& catalogue,
                         const ComparisonOptions& options) {
  Comparing comparing(catalogue, options);
  for (const CellPair& pair : pairs) comparing.add(pair);
  return std::move(comparing).finish();
}

}  // namespace ipcmark
