#include <fmt/format.h>

#include "results/comparison/comparison_text.hpp"
#include "results/console/table.hpp"
#include "results/figures/published.hpp"
#include "results/text/units.hpp"

namespace ipcmark {
namespace {

TextStyle style_of(const ComparedFigure& figure) {
  if (!figure.gated) return TextStyle::dim;
  switch (figure.judgement.verdict) {
    case Verdict::regression:
      return TextStyle::bad;
    case Verdict::improved:
      return TextStyle::good;
    case Verdict::too_few_rounds:
    case Verdict::inconclusive:
      return TextStyle::bold;
    case Verdict::no_regression:
      return TextStyle::plain;
  }
  return TextStyle::plain;
}

Table table_of(const Comparison& comparison, const ConsoleStyle& style, bool all) {
  Table table({{"cell", false},
               {"figure", false},
               {"base", true, 60},
               {"candidate", true, 65},
               {"ratio", true, 90},
               {"95 % interval", false, 80},
               {comparison.rounds ? "pairs" : "trials", true, 50},
               {"verdict", false}});
  for (const ComparedFigure* figure : by_gravity(comparison)) {
    if (!figure->gated && !all) continue;
    const TextStyle text_style = style_of(*figure);
    const auto amount = [&](double value, const std::vector<double>& values) {
      return values.empty() ? std::string{} : scaled(value, figure->unit, style.unicode);
    };
    table.add({{figure->key, 0, text_style},
               {label_of(*figure), 0, text_style},
               {amount(figure->base, figure->base_values), 0, TextStyle::plain},
               {amount(figure->candidate, figure->candidate_values), 0, TextStyle::plain},
               {ratio_text(figure->ratio.ratio), 0, text_style},
               {interval_text(*figure), 0, TextStyle::dim},
               {count_text(*figure, comparison.rounds), 0, TextStyle::dim},
               {verdict_word(comparison, *figure), 0, text_style}});
  }
  return table;
}

// Why a verdict is missing, or what it is of: too long for a column.
std::vector<std::string> reasons(const Comparison& comparison, bool gated) {
  std::vector<std::string> lines;
  for (const ComparedFigure& figure : comparison.figures) {
    if (figure.gated != gated || figure.note.empty()) continue;
    lines.push_back(fmt::format("{} {}: {}", figure.key, label_of(figure), figure.note));
  }
  return lines;
}

std::vector<std::string> by_resolution(const Comparison& comparison) {
  std::vector<std::string> lines;
  for (const ComparedFigure& figure : comparison.figures) {
    if (!figure.gated) continue;
    const std::string name = figure.key + " " + label_of(figure);
    if (!figure.in_place_of.empty()) {
      lines.push_back(
          fmt::format("{}: judged in place of the median {}", name, figure.in_place_of));
    } else if (figure.step_ns > 0) {
      lines.push_back(fmt::format("{}: its interval is widened by {:g} ns", name, figure.step_ns));
    }
  }
  return lines;
}

}  // namespace

std::string comparison_to_console(const Comparison& comparison, const ConsoleStyle& style,
                                  bool all) {
  std::string out;
  out += styled(wrapped(side_text(comparison.base), "Base       ", style.width), TextStyle::bold,
                style);
  out += styled(wrapped(side_text(comparison.candidate), "Candidate  ", style.width),
                TextStyle::bold, style);
  for (const std::string& sentence : method_sentences(comparison)) {
    out += styled(wrapped(sentence, "", style.width), TextStyle::dim, style);
  }
  if (comparison.gated() > 0 || (all && !comparison.figures.empty())) {
    out += "\n" + table_of(comparison, style, all).render(style);
  }
  out += list_section("About the verdicts", reasons(comparison, true), TextStyle::bold, style);
  out += list_section("For the clock's steps", by_resolution(comparison), TextStyle::bold, style);
  if (all) out += list_section("Not gated", reasons(comparison, false), TextStyle::bold, style);
  out += list_section("Failed in the candidate", comparison.failed, TextStyle::bad, style);
  out += list_section("Missing in the candidate", comparison.missing_in_candidate, TextStyle::bad,
                      style);
  out += list_section("Missing in the base", comparison.missing_in_base, TextStyle::bad, style);
  out += list_section("Notes", comparison.notes, TextStyle::bold, style);
  const TextStyle text_style =
      comparison.count(Verdict::regression) > 0 || !comparison.failed.empty() ? TextStyle::bad
                                                                              : TextStyle::bold;
  return out + "\n" + styled(conclusion(comparison), text_style, style) + "\n";
}

}  // namespace ipcmark
