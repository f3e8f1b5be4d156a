// Tables for a page on GitHub or GitLab: the same groups, ranking and notes as the terminal's, with
// every figure that is worth following as a column.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "results/console/console.hpp"
#include "results/console/findings.hpp"
#include "results/console/verdicts.hpp"
#include "results/console/view.hpp"
#include "results/export/export_cells.hpp"
#include "results/figures/disturbances.hpp"
#include "results/figures/published.hpp"
#include "results/model/run_labels.hpp"
#include "results/text/markdown.hpp"
#include "results/text/units.hpp"

namespace ipcmark {
namespace {

std::vector<FigureColumn> columns_of(const ViewGroup& group) {
  std::vector<FigureColumn> columns;
  for (const ViewRow& row : group.rows) {
    for (const Figure* figure : tracked_figures(row.summary)) {
      add_column(*figure, figure_name(*figure), columns);
    }
  }
  return columns;
}

std::string figure_text(const Figure* figure, bool main) {
  if (figure == nullptr) return "";
  if (figure->needs != 0) return "n/a";
  std::string text = markdown_text(value_text(*figure, true));
  if (!main || !(figure->median > 0)) return text;
  const double percent = 50 * (figure->high - figure->low) / figure->median;
  return fmt::format("{} {} {:.1f} %", text, figure->coverage > 0 ? "±" : "~", percent);
}

std::string result_text(const ViewGroup& group, const ViewRow& row) {
  if (group.kind == TableKind::verdict) return markdown_text(verdict_text(group, row, {}));
  if (row.broken) return markdown_text(outcome_text(row));
  if (row.main == nullptr) {
    return row.summary.state == State::passed ? row.summary.reason : to_string(row.summary.state);
  }
  if (row.ratio == 0) return unranked_text(row);
  if (&row == group.best()) return "best";
  return (row.tie ? "tie, " : "") + scaled(row.ratio, Unit::ratio);
}

std::string group_table(const ViewGroup& group) {
  const std::vector<FigureColumn> columns = columns_of(group);
  std::string out =
      fmt::format("\n### {} of {}, {}\n\n| mechanism | wait |", markdown_text(group.scenario),
                  sizes_for_people(group), markdown_text(group.setting));
  std::string rule = "\n|---|---|";
  for (const FigureColumn& column : columns) {
    out += fmt::format(" {} |", markdown_text(column.header));
    rule += "--:|";
  }
  out += " result |" + rule + "---|\n";
  for (const ViewRow& row : group.rows) {
    out += fmt::format("| {} | {} |", markdown_text(row.label), to_string(row.cell->spec.wait));
    for (const FigureColumn& column : columns) {
      const Figure* figure = row.summary.figure(column.name, column.quantile);
      out += fmt::format(" {} |", figure_text(figure, figure != nullptr && (figure == row.main ||
                                                                            figure == row.shown)));
    }
    out += fmt::format(" {} |\n", result_text(group, row));
  }
  return out;
}

std::string list_section(const char* title, const std::vector<std::string>& lines) {
  if (lines.empty()) return {};
  std::string out = fmt::format("\n### {}\n\n", title);
  for (const std::string& line : lines) out += fmt::format("- {}\n", markdown_text(line));
  return out;
}

std::string heading(const ResultDocument& document) {
  const RunInfo& run = document.run;
  const Environment& machine = document.environment;
  std::string out =
      fmt::format("## ipcmark {}: {} suite, {} trials a cell\n\n", markdown_text(run.version),
                  markdown_text(run.suite), run.trials_asked);
  out += fmt::format(
      "Run {}, {}, seed {}; {}, {} CPUs, Linux {}.\n", markdown_code(run.id),
      markdown_text(run.finished), run.seed, markdown_text(machine.get("cpu", "model")),
      markdown_text(machine.get("cpu", "online")), markdown_text(machine.get("kernel", "release")));
  if (const auto words = origin_words(run); !words.empty()) {
    out += fmt::format("\nOf {}.\n", markdown_text(fmt::format("{}", fmt::join(words, ", "))));
  }
  if (run.interrupted) out += "\n**Interrupted: what was measured until then is shown.**\n";
  for (const std::string& sentence : disturbances(document)) {
    out += fmt::format("\n**{}**\n", markdown_text(sentence));
  }
  return out;
}

}  // namespace

Exported export_markdown(const ExportInput& input) {
  const ResultDocument& document = input.results.front();
  const View view = make_view(document);
  std::string out = heading(document);
  for (const ViewGroup& group : view.groups) out += group_table(group);
  out += list_section("Did not pass", broken_lines(view));
  out += list_section("Not run", skipped_lines(view));
  out += list_section("What stands out", findings(view, true));
  out += list_section("Notes", caveats(view, true));
  return out +
         "\nEach figure is the median over trials; ± is half its interval, ~ half the range "
         "of too few trials for one.\n";
}

}  // namespace ipcmark
