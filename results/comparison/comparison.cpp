#include "results/comparison/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "results/comparison/material.hpp"
#include "results/comparison/verdict_case.hpp"
#include "results/figures/resolution.hpp"
#include "results/figures/summary.hpp"
#include "results/model/capabilities.hpp"

namespace ipcmark {
namespace {

constexpr double alpha = 0.05;
constexpr std::size_t max_tests = 20;

using Trials = std::vector<const Trial*>;
using Values = std::vector<double>;

// Of a figure that one side at least does not publish.
std::string why_unpublished(const ComparedFigure& figure, const Material& material) {
  if (material.base.empty() || material.candidate.empty()) return why_none(material);
  const std::size_t base = trials_with(material.base, figure);
  const std::size_t candidate = trials_with(material.candidate, figure);
  const std::string counts =
      fmt::format("the candidate's in {} of {} trials, the base's in {} of {}", candidate,
                  material.candidate.size(), base, material.base.size());
  if (figure.quantile < 0) return "not measured in every trial: " + counts;
  return fmt::format(
      "too few samples for it: enough are {}; what has none may be much worse; give both more "
      "(--messages, --duration)",
      counts);
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
  const auto declared = minimum_effect(figure.entry, figure.quantile);
  if (!declared) return;
  figure.gated = true;
  figure.limit = 1 + effect_of(options.thresholds, figure.key, figure.entry, figure.name,
                               figure.quantile, *declared);
}

bool all_positive(const Values& values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return v > 0; });
}

// A gated figure on its way to a verdict.
struct Case {
  std::size_t figure = 0;  // index
  Evidence evidence;
};

// The trials of one cell, and what they say.
struct Subject {
  Material material;
  std::string exemption;  // why none of its figures is gated; empty: they are
  Trials base_passed, candidate_passed;
};

Trials passed(const Cell& cell) {
  Trials trials;
  for (const Trial& trial : cell.trials) {
    if (trial.state == State::passed) trials.push_back(&trial);
  }
  return trials;
}

class Comparing {
 public:
  Comparing(const Catalogue& catalogue, const ComparisonOptions& options)
      : catalogue_(catalogue), options_(options) {
    result_.rounds = options.rounds;
    result_.thresholds = options.thresholds;
  }
  void add(const CellPair& pair);
  Comparison finish() &&;

 private:
  void choose_by_resolution(const ScenarioFacts* scenario,
                            std::vector<ComparedFigure>& figures) const;
  void add_figure(ComparedFigure figure, const Subject& subject);
  void add_unpublished(ComparedFigure figure, const Subject& subject);
  void add_new_figures(const CellPair& pair, const Subject& subject);
  void add_unmeasured(const CellPair& pair);
  void add_saturation(const CellPair& pair, const Subject& subject,
                      std::vector<ComparedFigure>& figures);
  RunToRun between(const ComparedFigure& figure, const Material& material);
  void note_what_was_left_out();
  void note_tests();

  const Catalogue& catalogue_;
  const ComparisonOptions& options_;
  Comparison result_;
  std::vector<Case> cases_;
  std::set<std::string> failed_;                // keys, of the candidate's cells
  std::map<std::string, std::string> skipped_;  // by key: how much more often than the base's
  unsigned unfinished_ = 0, moved_ = 0;
  unsigned without_repeats_ = 0;
  std::size_t saturated_ = 0;  // cells whose times are not compared
  unsigned partly_ = 0;        // figures of the tail that some trials of the base publish
  // Cells whose trials are not of the same length on both sides.
  unsigned other_duration_ = 0, other_messages_ = 0, other_warmup_ = 0;
  std::map<std::string, unsigned> exempt_;  // cells with figures that are not gated, by the reason
};

void Comparing::add(const CellPair& pair) {
  ++result_.cells;
  if (const auto broken = failure_in(pair.key, *pair.candidate)) {
    failed_.insert(pair.key);
    result_.failed.push_back(*broken);
  } else if (const Trial* before = first_failed(*pair.base)) {
    result_.notes.push_back(fmt::format("{} failed in the base ({}: {}) and not in the candidate.",
                                        pair.key, to_string(before->state), before->reason));
  }
  const RunSpec& ours = pair.base->spec;
  const RunSpec& theirs = pair.candidate->spec;
  other_duration_ += ours.duration_ns != theirs.duration_ns ? 1U : 0U;
  other_messages_ += ours.messages != theirs.messages ? 1U : 0U;
  other_warmup_ += ours.warmup_ns != theirs.warmup_ns ? 1U : 0U;
  Subject subject{material_of(pair, options_), exempt(pair, options_.cpus), passed(*pair.base),
                  passed(*pair.candidate)};
  if (std::string more = skipped_more_often(pair); !more.empty()) {
    skipped_.emplace(pair.key, std::move(more));
  }
  unfinished_ += subject.material.unfinished;
  moved_ += subject.material.moved;
  result_.trials.push_back(
      count_trials(pair.key, *pair.base, *pair.candidate, subject.material, options_.rounds));
  if (!pair.unmeasured.empty()) return add_unmeasured(pair);
  std::vector<ComparedFigure> figures = figures_of(pair.key, *pair.base, catalogue_);
  bool spared = false;
  for (ComparedFigure& figure : figures) {
    figure.base_values = values_of(subject.material.base, figure);
    figure.candidate_values = values_of(subject.material.candidate, figure);
    figure.base = median(values_of(subject.material.shown_base, figure));
    figure.candidate = median(values_of(subject.material.shown_candidate, figure));
    set_limit(figure, options_);
    if (!figure.gated || subject.exemption.empty()) continue;
    figure.gated = false;
    figure.note = subject.exemption;
    spared = true;
  }
  if (spared) ++exempt_[subject.exemption];
  add_saturation(pair, subject, figures);
  choose_by_resolution(catalogue_.scenario(pair.base->spec.scenario), figures);
  for (ComparedFigure& figure : figures) add_figure(std::move(figure), subject);
  add_new_figures(pair, subject);
}

// Nothing is known of the cell, not even whether it passes: no good news, and a row that says so.
void Comparing::add_unmeasured(const CellPair& pair) {
  ComparedFigure figure = figure_for_all(pair, catalogue_);
  set_limit(figure, options_);
  figure.gated = true;
  figure.judgement.verdict = Verdict::too_few_rounds;
  figure.note = pair.unmeasured;
  result_.figures.push_back(std::move(figure));
}

// A cell with a saturated trial has no times (summary.hpp): those of its other trials are not
// compared either. A candidate that keeps up more seldom than the base is no better than
// inconclusive, whether or not the base has times to hold its own against.
void Comparing::add_saturation(const CellPair& pair, const Subject& subject,
                               std::vector<ComparedFigure>& figures) {
  const unsigned ours = saturated_trials(*pair.base);
  const unsigned theirs = saturated_trials(*pair.candidate);
  if (ours == 0 && theirs == 0) return;
  ++saturated_;
  const auto said = [](const Cell& cell) {
    const std::string text = saturation_text(cell);
    return text.empty() ? std::string("in none") : text;
  };
  const std::string note =
      "saturated: the candidate " + said(*pair.candidate) + ", the base " + said(*pair.base);
  result_.notes.push_back(pair.key + ": " + note + "; its times are not compared.");
  const auto share = [](unsigned saturated, const Trials& passed) {
    return passed.empty() ? 0 : static_cast<double>(saturated) / static_cast<double>(passed.size());
  };
  if (share(theirs, subject.candidate_passed) > share(ours, subject.base_passed)) {
    ComparedFigure row = figure_for_all(pair, catalogue_);
    const auto published =
        std::find_if(figures.begin(), figures.end(), [&row](const ComparedFigure& each) {
          return each.name == row.name && each.quantile == row.quantile;
        });
    if (ours == 0 && published != figures.end()) row = *published;
    row.gated = true;
    row.judgement.verdict = Verdict::inconclusive;
    row.candidate_values.clear();
    row.note = note;
    result_.figures.push_back(std::move(row));
  }
  std::erase_if(figures, [](const ComparedFigure& figure) {
    return figure.quantile >= 0 || figure.entry.as == Recorded::histogram;
  });
}

// Where the clock's step is too coarse for a gated figure, another is judged in its place, or it is
// judged with the step added to what is not known of it.
void Comparing::choose_by_resolution(const ScenarioFacts* scenario,
                                     std::vector<ComparedFigure>& figures) const {
  const auto find = [&figures](std::string_view name) {
    return std::find_if(figures.begin(), figures.end(), [name](const ComparedFigure& each) {
      return each.name == name && each.quantile == 0.5 && each.base > 0 && each.candidate > 0;
    });
  };
  for (ComparedFigure& figure : figures) {
    if (!figure.gated || !figure.in_place_of.empty() || !(figure.base > 0)) continue;
    const double min = figure.candidate > 0 ? std::min(figure.base, figure.candidate) : figure.base;
    const Resolution resolution = resolution_of(
        scenario, figure.entry, figure.name, figure.quantile, min, options_.clock_step_ns,
        figure.limit - 1, [&](std::string_view name) { return find(name) != figures.end(); });
    figure.step_ns = resolution.step_ns;
    if (resolution.name == figure.name) continue;
    ComparedFigure& other = *find(resolution.name);
    other.gated = true;
    other.limit = figure.limit;
    other.in_place_of = figure.name;
    figure.gated = false;
    figure.note =
        fmt::format("the clock moves in steps of {:g} ns, too coarse for it; {} is judged",
                    options_.clock_step_ns, label_of(other));
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

// What is gated must not vanish: a tail that grows leaves fewer trips in the same time, and with
// them no tail to judge.
void Comparing::add_unpublished(ComparedFigure figure, const Subject& subject) {
  const Trials& ours = subject.material.base.empty() ? subject.base_passed : subject.material.base;
  if (!figure.gated) {
    if (figure.base_values.empty()) return;
    figure.note = why_unpublished(figure, subject.material);
    result_.figures.push_back(std::move(figure));
    return;
  }
  const Trials& theirs = subject.candidate_passed;
  const bool nowhere = !theirs.empty() && !measured_in(theirs, figure);
  if (figure.quantile > 0.5 && !nowhere && values_of(ours, figure).empty()) {
    if (trials_with(ours, figure) > 0) ++partly_;
    return;
  }
  figure.note = why_unpublished(figure, subject.material);
  if (nowhere) {
    figure.note = "the candidate measured it in no trial";
    result_.missing_in_candidate.push_back(
        fmt::format("{}: {}: measured in no trial", figure.key, label_of(figure)));
  }
  const bool none = subject.material.base.empty() || subject.material.candidate.empty();
  figure.judgement.verdict = none && !nowhere ? Verdict::too_few_rounds : Verdict::inconclusive;
  result_.figures.push_back(std::move(figure));
}

// Gated figures that the candidate has and no trial of the base measured.
void Comparing::add_new_figures(const CellPair& pair, const Subject& subject) {
  if (!subject.exemption.empty()) return;
  for (const ComparedFigure& figure : figures_of(pair.key, *pair.candidate, catalogue_)) {
    if (!minimum_effect(figure.entry, figure.quantile) || figure.quantile > 0.5) continue;
    if (measured_in(subject.base_passed, figure)) continue;
    result_.missing_in_base.push_back(
        fmt::format("{}: {}: measured in no trial", figure.key, label_of(figure)));
  }
}

void Comparing::add_figure(ComparedFigure figure, const Subject& subject) {
  if (figure.base_values.empty() || figure.candidate_values.empty()) {
    return add_unpublished(std::move(figure), subject);
  }
  if (!all_positive(figure.base_values) || !all_positive(figure.candidate_values)) {
    if (figure.gated) figure.note = "some of its values are 0";
    result_.figures.push_back(std::move(figure));
    return;
  }
  figure.between = between(figure, subject.material);
  if (options_.repeats && figure.gated && figure.between.runs == 0) ++without_repeats_;
  figure.ratio = ratio_of(figure, options_.rounds);
  if (figure.gated) {
    const Case made{result_.figures.size(), evidence_of(figure, options_.rounds)};
    if (figure.step_ns > 0) figure.ratio.interval = made.evidence.ratio;
    cases_.push_back(made);
  }
  result_.figures.push_back(std::move(figure));
}

void Comparing::note_what_was_left_out() {
  std::string lengths;
  const auto add_length = [&lengths](const char* option, unsigned cells) {
    if (cells == 0) return;
    lengths += fmt::format("{}{} in {} cell{}", lengths.empty() ? "" : ", ", option, cells,
                           cells == 1 ? "" : "s");
  };
  add_length("--duration", other_duration_);
  add_length("--messages", other_messages_);
  add_length("--warm-up", other_warmup_);
  if (!lengths.empty()) {
    result_.notes.push_back(
        fmt::format("Trials are not of the same length on both sides: {}.", lengths));
  }
  if (unfinished_ > 0) {
    result_.notes.push_back(fmt::format("{} left out: {} that did not pass.",
                                        options_.rounds ? "Rounds" : "Trials", unfinished_));
  }
  if (moved_ > 0 && !options_.rounds) {  // of rounds those are named as void
    result_.notes.push_back(fmt::format(
        "Trials left out: {} in another state of the machine, or while it changed.", moved_));
  }
  std::vector<std::string> spared;
  std::size_t exempt = 0;
  for (const auto& [why, cells] : exempt_) {
    exempt += cells;
    spared.push_back(fmt::format("{} cell{} ({})", cells, cells == 1 ? "" : "s", why));
  }
  if (!spared.empty()) {
    result_.notes.push_back(
        fmt::format("Not judged, and shown with --all: {}.", fmt::join(spared, ", ")));
  }
  if (result_.gated() == 0 && (exempt > 0 || saturated_ > 0)) {
    result_.unjudged.emplace_back(
        exempt == result_.cells ? "No cell is judged: name others, or fewer processes."
        : saturated_ == result_.cells
            ? "No cell is judged: none kept up on both sides; name lower rates."
            : "No cell is judged.");
    result_.notes.push_back(result_.unjudged.back());
  }
  if (partly_ > 0) {
    result_.notes.push_back(
        fmt::format("{} figures of the tail are not judged: some trials of the base have too few "
                    "samples for them (--messages, --duration).",
                    partly_));
  }
}

void Comparing::note_tests() {
  if (cases_.size() > max_tests) {
    result_.notes.push_back(
        fmt::format("{} tests at once: each has to clear a higher bar (Holm); choose fewer cells "
                    "for a sharper gate.",
                    cases_.size()));
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
    const auto skipped = skipped_.find(figure.key);
    if (skipped != skipped_.end() &&
        (figure.is(Verdict::improved) || figure.is(Verdict::no_regression))) {
      figure.judgement.verdict = Verdict::inconclusive;
      figure.note = skipped->second;
      continue;
    }
    if (figure.is(Verdict::inconclusive) || figure.is(Verdict::too_few_rounds)) {
      explain(figure, options_.rounds, cases_.size(), alpha);
    }
  }
  note_what_was_left_out();
  for (std::string& note : note_not_steady(result_.trials)) {
    result_.notes.push_back(std::move(note));
  }
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
