#include "results/comparison/comparison_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "results/model/run_labels.hpp"

namespace ipcmark {
namespace {

constexpr Verdict by_severity[] = {Verdict::regression, Verdict::too_few_rounds,
                                   Verdict::inconclusive, Verdict::improved,
                                   Verdict::no_regression};

int gravity(const ComparedFigure& figure) {
  if (!figure.gated) return static_cast<int>(std::size(by_severity));
  const auto* place =
      std::find(std::begin(by_severity), std::end(by_severity), figure.judgement.verdict);
  return static_cast<int>(place - std::begin(by_severity));
}

}  // namespace

std::string conclusion(const Comparison& comparison) {
  std::vector<std::string> parts;
  const auto add = [&parts](std::size_t count, const char* what) {
    if (count > 0) parts.push_back(fmt::format("{} {}", count, what));
  };
  add(comparison.failed.size(), "FAILED");
  add(comparison.missing_in_candidate.size(), "MISSING in the candidate");
  add(comparison.missing_in_base.size(), "MISSING in the base");
  if (comparison.interrupted) {
    parts.emplace_back("interrupted: no verdict");
    return fmt::format("{}", fmt::join(parts, ", "));
  }
  for (const Verdict verdict : by_severity) add(comparison.count(verdict), to_string(verdict));
  if (comparison.gated() == 0) parts.emplace_back("NOTHING JUDGED");
  return fmt::format("{}{}", fmt::join(parts, ", "), across_text(comparison));
}

std::string across_text(const Comparison& comparison) {
  const std::vector<std::string> kinds = kinds_of(comparison.across);
  return kinds.empty() ? "" : fmt::format(" across {}", fmt::join(kinds, ", "));
}

double stated_threshold(const Comparison& comparison) {
  double effect = 0.05;
  for (const Threshold& each : comparison.thresholds) {
    if (each.cells.empty() && each.figure.empty()) effect = each.effect;
  }
  return effect;
}

namespace {

// What counts elsewhere, as it is stated; of several for the same the last.
std::vector<std::string> other_thresholds(const Comparison& comparison, double percent) {
  const auto same = [](const Threshold& a, const Threshold& b) {
    return a.cells == b.cells && a.figure == b.figure;
  };
  const std::vector<Threshold>& all = comparison.thresholds;
  std::vector<std::string> others{fmt::format("p99: {:g} %", 2 * percent)};
  for (auto each = all.begin(); each != all.end(); ++each) {
    if (each->cells.empty() && each->figure.empty()) continue;
    const bool replaced = std::any_of(each + 1, all.end(),
                                      [&](const Threshold& later) { return same(*each, later); });
    if (replaced) continue;
    if (each->cells.empty() && each->figure == "p99") others.erase(others.begin());
    others.push_back(each->text);
  }
  return others;
}

}  // namespace

std::vector<std::string> method_sentences(const Comparison& comparison) {
  const double percent = 100 * stated_threshold(comparison);
  std::vector<std::string> sentences{
      fmt::format("A change for the worse counts from {:g} % on ({}). Ratio: candidate over base.",
                  percent, fmt::join(other_thresholds(comparison, percent), ", "))};
  for (const Difference& each : comparison.across) {
    sentences.push_back(fmt::format("Compared across what differs: {}.", each.text));
  }
  if (comparison.rounds) {
    sentences.emplace_back(
        "Both took turns; a ratio is the median over pairs of trials in one state of the machine, "
        "judged by a sign test.");
    return sentences;
  }
  sentences.emplace_back(
      "Advisory: two stored results share no rounds, so the machine may have changed in between; "
      "'ipcmark ab' measures both in turns.");
  sentences.push_back(
      comparison.repeats == 0
          ? "How much runs of one build differ on this machine is not known (--repeats, "
            "--variation): true intervals are wider than these."
          : fmt::format("Intervals are widened by what {} runs of one build differ by.",
                        comparison.repeats));
  return sentences;
}

std::string side_text(const Side& side) {
  std::string text = side.name;
  const auto add = [&text](const std::string& part, const char* before, const char* between) {
    if (!part.empty()) text.append(text.empty() ? before : between).append(part);
  };
  add(side.version, "ipcmark ", ": ipcmark ");
  if (!side.revision.empty()) text.append(" (").append(side.revision).append(")");
  add(side.run_id, "run ", ", run ");
  add(side.started, "", " of ");
  for (const std::string& word : origin_words(side.host, side.labels, side.shard)) {
    add(word, "", ", ");
  }
  return text;
}

std::vector<const ComparedFigure*> by_gravity(const Comparison& comparison) {
  std::vector<const ComparedFigure*> figures;
  for (const ComparedFigure& figure : comparison.figures) figures.push_back(&figure);
  std::stable_sort(
      figures.begin(), figures.end(),
      [](const ComparedFigure* a, const ComparedFigure* b) { return gravity(*a) < gravity(*b); });
  return figures;
}

std::string ratio_text(double ratio) {
  if (!(ratio > 0) || !std::isfinite(ratio)) return "";
  return ratio < 9.9995 ? fmt::format("{:.3f}", ratio)
                        : fmt::format("{:.{}f}", ratio, ratio < 99.95 ? 1 : 0);
}

std::string interval_text(const ComparedFigure& figure) {
  const Interval& interval = figure.ratio.interval;
  if (!(figure.ratio.ratio > 0)) return "";
  return fmt::format("{}{} to {}", interval.coverage > 0 ? "" : "~", ratio_text(interval.low),
                     ratio_text(interval.high));
}

std::string verdict_word(const Comparison& comparison, const ComparedFigure& figure) {
  return figure.gated ? to_string(figure.judgement.verdict) + across_text(comparison) : "not gated";
}

std::string verdict_text(const Comparison& comparison, const ComparedFigure& figure) {
  std::string text = verdict_word(comparison, figure);
  if (!figure.in_place_of.empty()) {
    text += fmt::format(" (in place of {})", figure.in_place_of);
  } else if (figure.step_ns > 0 && figure.gated) {
    text += fmt::format(" (known to {:g} ns, the clock's step)", figure.step_ns);
  }
  if (!figure.note.empty()) text.append(": ").append(figure.note);
  return text;
}

std::string count_text(const ComparedFigure& figure, bool rounds) {
  if (rounds || figure.base_values.size() == figure.candidate_values.size()) {
    return std::to_string(figure.base_values.size());
  }
  return fmt::format("{}, {}", figure.base_values.size(), figure.candidate_values.size());
}

}  // namespace ipcmark
