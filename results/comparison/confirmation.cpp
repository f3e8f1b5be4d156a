#include "results/comparison/confirmation.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "results/comparison/comparison_text.hpp"

namespace ipcmark {
namespace {

const std::string& judged(const ComparedFigure& figure) {
  return figure.in_place_of.empty() ? figure.name : figure.in_place_of;
}

// Where the clock's steps are just too coarse, the two may be judged by different figures.
const ComparedFigure* same_figure(const Comparison& comparison, const ComparedFigure& wanted) {
  const auto found = std::find_if(
      comparison.figures.begin(), comparison.figures.end(), [&](const ComparedFigure& each) {
        return each.gated && each.key == wanted.key && judged(each) == judged(wanted) &&
               each.quantile == wanted.quantile;
      });
  return found == comparison.figures.end() ? nullptr : &*found;
}

std::string what_was_seen(const ComparedFigure* fresh) {
  if (fresh == nullptr || !(fresh->ratio.ratio > 0)) return "fresh rounds gave no figure";
  return fmt::format("{} fresh rounds: {} ({})", fresh->base_values.size(),
                     ratio_text(fresh->ratio.ratio), interval_text(*fresh));
}

bool is_flagged(const ComparedFigure& figure, bool improvements) {
  return figure.is(Verdict::regression) || (improvements && figure.is(Verdict::improved));
}

}  // namespace

std::set<std::string> flagged_cells(const Comparison& comparison, bool improvements) {
  std::set<std::string> keys;
  for (const ComparedFigure& figure : comparison.figures) {
    if (is_flagged(figure, improvements)) keys.insert(figure.key);
  }
  return keys;
}

void confirm(Comparison& first, const Comparison& again, bool improvements) {
  std::size_t flagged = 0;
  std::size_t confirmed = 0;
  for (ComparedFigure& figure : first.figures) {
    if (!is_flagged(figure, improvements)) continue;
    ++flagged;
    const ComparedFigure* fresh = same_figure(again, figure);
    if (fresh != nullptr && fresh->is(figure.judgement.verdict)) {
      ++confirmed;
      figure.note = "confirmed by " + what_was_seen(fresh);
      continue;
    }
    // Rounds that cannot confirm it do not clear it either.
    const bool too_few = fresh == nullptr || fresh->is(Verdict::too_few_rounds);
    figure.judgement.verdict = too_few ? Verdict::too_few_rounds : Verdict::inconclusive;
    figure.note = "flagged, but not confirmed by " + what_was_seen(fresh);
  }
  if (flagged > 0) {
    first.notes.push_back(
        fmt::format("Measured again: {} of {} flagged figures confirmed.", confirmed, flagged));
  }
  const auto append = [](std::vector<std::string>& to, const std::vector<std::string>& more) {
    to.insert(to.end(), more.begin(), more.end());
  };
  append(first.missing_in_base, again.missing_in_base);
  append(first.missing_in_candidate, again.missing_in_candidate);
  first.failed.insert(first.failed.end(), again.failed.begin(), again.failed.end());
  // Which side has more of them than chance explains, all of them tell together.
  for (const std::string& note : void_notes(first.voids)) std::erase(first.notes, note);
  first.voids.insert(first.voids.end(), again.voids.begin(), again.voids.end());
  append(first.notes, void_notes(first.voids));
}

}  // namespace ipcmark
