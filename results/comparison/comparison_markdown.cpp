#include <fmt/format.h>

#include "results/comparison/comparison_text.hpp"
#include "results/figures/published.hpp"
#include "results/text/markdown.hpp"
#include "results/text/units.hpp"

namespace ipcmark {
namespace {

std::string row(const Comparison& comparison, const ComparedFigure& figure) {
  const auto amount = [&figure](double value, const std::vector<double>& values) {
    return values.empty() ? std::string{} : markdown_text(scaled(value, figure.unit));
  };
  const bool bold = figure.is(Verdict::regression) || figure.is(Verdict::improved);
  const std::string verdict = markdown_text(verdict_text(comparison, figure));
  return fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", markdown_code(figure.key),
                     markdown_text(label_of(figure)), amount(figure.base, figure.base_values),
                     amount(figure.candidate, figure.candidate_values),
                     ratio_text(figure.ratio.ratio), markdown_text(interval_text(figure)),
                     count_text(figure, comparison.rounds), bold ? "**" + verdict + "**" : verdict);
}

std::string table(const Comparison& comparison, const std::vector<const ComparedFigure*>& figures) {
  std::string out = fmt::format(
      "| cell | figure | base | candidate | ratio | 95 % interval | {} | verdict |\n"
      "|---|---|--:|--:|--:|---|--:|---|\n",
      comparison.rounds ? "pairs" : "trials");
  for (const ComparedFigure* figure : figures) out += row(comparison, *figure);
  return out;
}

std::string list(const char* title, const std::vector<std::string>& lines) {
  if (lines.empty()) return {};
  std::string out = fmt::format("\n**{}**\n\n", title);
  for (const std::string& line : lines) out += "- " + markdown_text(line) + "\n";
  return out;
}

}  // namespace

std::string comparison_to_markdown(const Comparison& comparison) {
  std::vector<const ComparedFigure*> open;
  std::vector<const ComparedFigure*> folded;
  for (const ComparedFigure* figure : by_gravity(comparison)) {
    if (figure->gated) (figure->is(Verdict::no_regression) ? folded : open).push_back(figure);
  }
  std::string out = fmt::format("### ipcmark: {}\n", conclusion(comparison));
  if (!open.empty()) out += "\n" + table(comparison, open);
  out += list("Failed in the candidate", comparison.failed);
  out += list("Missing in the candidate", comparison.missing_in_candidate);
  out += list("Missing in the base", comparison.missing_in_base);
  out += list("Notes", comparison.notes);
  if (!folded.empty()) {
    out += fmt::format("\n<details><summary>{} without regression</summary>\n\n{}\n</details>\n",
                       folded.size(), table(comparison, folded));
  }
  out += fmt::format("\nBase: {}  \nCandidate: {}\n", markdown_text(side_text(comparison.base)),
                     markdown_text(side_text(comparison.candidate)));
  for (const std::string& sentence : method_sentences(comparison))
    out += "\n" + markdown_text(sentence);
  return out + "\n";
}

}  // namespace ipcmark
