// Several results: side by side, and each compared with the first by the gate's own rules.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "results/comparison/comparison_text.hpp"
#include "results/comparison/fingerprint.hpp"
#include "results/console/console.hpp"
#include "results/figures/published.hpp"
#include "results/report/report_parts.hpp"

namespace ipcmark {
namespace {

// With more comparisons than that only what changed, or has no ratio for the chart, is in the
// tables; the chart has the others.
constexpr std::size_t max_in_full = 10;

std::string figure_row(const Comparison& comparison, const ComparedFigure& figure) {
  const auto side = [&figure](double value, const std::vector<double>& values) {
    return values.empty() ? std::string() : amount(value, figure.unit);
  };
  const bool worse = figure.is(Verdict::regression);
  const bool better = figure.is(Verdict::improved);
  return fmt::format(
      "<tr class=\"{}\"><th>{}<td class=left>{}<td>{}<td>{}<td>{}<td class=dim>{}<td>{}<td "
      "class=left>{}\n",
      worse    ? "bad"
      : better ? "best"
               : "",
      html(figure.key), html(label_of(figure)), side(figure.base, figure.base_values),
      side(figure.candidate, figure.candidate_values), ratio_text(figure.ratio.ratio),
      interval_text(figure), count_text(figure, comparison.rounds),
      html(verdict_text(comparison, figure)));
}

std::string figure_table(const Comparison& comparison, bool all) {
  std::string rows;
  for (const ComparedFigure* figure : by_gravity(comparison)) {
    if (!figure->gated) continue;
    const bool changed = figure->is(Verdict::regression) || figure->is(Verdict::improved);
    const bool drawn = figure->ratio.ratio > 0;
    if (all || changed || !drawn) rows += figure_row(comparison, *figure);
  }
  if (rows.empty()) return {};
  return "<div class=scroll><table><thead><tr><th>cell<th "
         "class=left>figure<th>base<th>candidate<th>ratio"
         "<th>95 % interval<th>trials<th class=left>verdict</thead>\n<tbody>\n" +
         rows + "</tbody></table></div>\n";
}

std::string one_comparison(const ReportParts& parts, const ReportComparison& each, bool all,
                           bool open) {
  const std::string name =
      fmt::format("{} against {}", html(parts[each.candidate].label), html(parts.front().label));
  if (!each.differences.empty()) {
    return fmt::format(
        "<p><b>{}</b>: incomparable, from different machines, settings or kinds of build.</p>\n{}",
        name, html_list(each.differences));
  }
  const Comparison& comparison = each.comparison;
  std::string table = figure_table(comparison, all);
  std::string out = fmt::format("<p><b>{}</b>: {}.</p>\n", name, html(conclusion(comparison)));
  std::vector<std::string> lines;  // the gravest first: what is beyond the tenth is only counted
  for (const std::string& line : comparison.failed) lines.push_back("failed: " + line);
  for (const std::string& line : comparison.missing_in_candidate) {
    lines.push_back("missing in the candidate: " + line);
  }
  for (const std::string& line : comparison.missing_in_base) {
    lines.push_back("missing in the base: " + line);
  }
  lines.insert(lines.end(), comparison.notes.begin(), comparison.notes.end());
  if (lines.size() > max_in_full) {
    const std::size_t more = lines.size() - max_in_full;
    lines.resize(max_in_full);
    lines.push_back(fmt::format("and {} more of these", more));
  }
  out += html_list(lines, "dim");
  if (table.empty()) return out;
  return out + fmt::format("<details{}><summary>{}</summary>\n{}</details>\n", open ? " open" : "",
                           all ? "Every gated figure" : "What changed", table);
}

using Keys = std::vector<std::pair<std::string, const Cell*>>;

// Of the cells that at least two results have a main figure for, in the order they come in.
Keys shared_keys(const std::vector<std::map<std::string, const ViewRow*>>& rows,
                 const ReportParts& parts) {
  Keys keys;
  std::map<std::string, unsigned> seen;
  for (const ReportPart& part : parts) {
    for (const Cell& cell : part.document().cells) {
      const std::string key = cell.spec.key();
      if (seen[key]++ != 0) continue;
      const auto have = std::count_if(rows.begin(), rows.end(),
                                      [&key](const auto& each) { return each.contains(key); });
      if (have > 1) keys.emplace_back(key, &cell);
    }
  }
  return keys;
}

}  // namespace

std::vector<ReportComparison> report_comparisons(const ReportParts& parts) {
  std::vector<ReportComparison> comparisons;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    ReportComparison& each = comparisons.emplace_back();
    each.candidate = i;
    const ResultDocument& base = parts.front().document();
    const ResultDocument& candidate = parts[i].document();
    for (Difference& difference : result_differences(base, candidate)) {
      each.differences.push_back(std::move(difference.text));
    }
    if (each.differences.empty()) each.comparison = compare_results(base, candidate, {}, {});
  }
  return comparisons;
}

std::string comparison_section(const ReportParts& parts,
                               const std::vector<ReportComparison>& comparisons) {
  if (comparisons.empty()) return {};
  std::string out =
      "<section id=comparison><h2>What changed</h2>\n<div id=forest class=chart></div>\n";
  for (const ReportComparison& each : comparisons) {
    out += one_comparison(parts, each, comparisons.size() <= max_in_full, comparisons.size() == 1);
  }
  for (const ReportComparison& each : comparisons) {
    if (!each.differences.empty()) continue;
    for (const std::string& sentence : method_sentences(each.comparison)) {
      out += "<p class=note>" + html(sentence) + "</p>\n";
    }
    break;
  }
  return out + "</section>\n";
}

std::string side_by_side_section(const ReportParts& parts) {
  if (parts.size() < 2) return {};
  std::vector<std::map<std::string, const ViewRow*>> rows(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (const ViewGroup& group : parts[i].view.groups) {
      for (const ViewRow& row : group.rows) {
        const bool timed = group.kind != TableKind::verdict;
        const bool saturated = row.summary.saturated > 0;
        if (row.main != nullptr || (timed && (failed(row) || saturated)))
          rows[i][row.cell->spec.key()] = &row;
      }
    }
  }
  const Keys keys = shared_keys(rows, parts);
  if (keys.empty()) return {};
  std::string out =
      "<section id=side-by-side><h2>Side by side</h2>\n<div class=scroll><table><caption>Median "
      "round trip, response or rate of each result; * another state of the "
      "machine</caption>\n<thead><tr><th>cell";
  for (const ReportPart& part : parts) out += "<th>" + html(part.label);
  out += "</thead>\n<tbody>\n";
  for (const auto& [key, cell] : keys) {
    out +=
        fmt::format("<tr{}><th>{}", filter_attributes(cell->spec, cell->capabilities), html(key));
    for (const auto& each : rows) {
      const auto found = each.find(key);
      out += "<td>";
      if (found == each.end()) continue;
      const ViewRow& row = *found->second;
      const Figure* grouped = row.grouped();
      out += failed(row) ? to_string(row.summary.state)
             : row.main == nullptr
                 ? row.summary.reason
                 : (grouped != nullptr ? groups_text(*grouped, true)
                                       : amount(row.shown->median, row.shown->unit)) +
                       (row.other_state ? "*" : "");
    }
    out += "\n";
  }
  return out + "</tbody></table></div></section>\n";
}

}  // namespace ipcmark
