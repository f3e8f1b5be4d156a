// Every published figure, in a table for each group of comparable cells.
#include <fmt/format.h>

#include <algorithm>

#include "results/console/console.hpp"
#include "results/console/findings.hpp"
#include "results/console/verdicts.hpp"
#include "results/export/export_cells.hpp"
#include "results/figures/published.hpp"
#include "results/report/report_parts.hpp"

namespace ipcmark {
namespace {

std::vector<FigureColumn> columns_of(const ViewGroup& group) {
  std::vector<FigureColumn> columns;
  for (const ViewRow& row : group.rows) {
    for (const Figure* figure : column_figures(row.summary)) {
      const bool main = row.shown != nullptr && figure->name == row.shown->name &&
                        figure->quantile == row.shown->quantile;
      if (!main) add_column(*figure, header_of(*figure), columns);
    }
  }
  return columns;
}

std::string rank_text(const ViewGroup& group, const ViewRow& row) {
  if (row.broken) return html(outcome_text(row));
  if (row.main == nullptr) {
    return row.summary.state == State::passed ? row.summary.reason : to_string(row.summary.state);
  }
  if (row.ratio == 0) return unranked_text(row);
  if (&row == group.best()) return "best";
  return (row.tie ? "= " : "") + amount(row.ratio, Unit::ratio);
}

const char* css_class(const ViewGroup& group, const ViewRow& row) {
  if (failed(row)) return "bad";
  if (row.main == nullptr || !unranked_text(row).empty()) return "aside";
  if (&row == group.best()) return "best";
  return row.tie ? "tie" : "";
}

std::string main_cells(const ViewRow& row, double largest) {
  if (row.shown == nullptr) {
    return fmt::format("<td>{}<td>", row.summary.saturated > 0 ? "saturated" : "");
  }
  const double share = largest > 0 ? std::clamp(row.shown->median / largest, 0.0, 1.0) : 0;
  return fmt::format("<td class=\"bar f{:.0f}\">{}<td class=dim>{}", 100 * share,
                     row.grouped() != nullptr ? groups_text(*row.grouped(), true)
                                              : amount(row.shown->median, row.shown->unit),
                     half_width_text(*row.shown));
}

std::string timed_table(const ViewGroup& group) {
  const std::vector<FigureColumn> columns = columns_of(group);
  std::string out = fmt::format(
      "<div class=scroll><table data-size={}><caption>{} of {}, {}</caption>\n"
      "<thead><tr><th>mechanism<th class=left>wait<th>{}<th>±",
      group.size, html(group.scenario), sizes_for_people(group), html(group.setting),
      group.kind == TableKind::latency ? "p50" : "messages");
  for (const FigureColumn& column : columns) out += "<th>" + html(column.header);
  out += "<th>vs best<th>trials</thead>\n<tbody>\n";
  const double largest = largest_shown(group);
  for (const ViewRow& row : group.rows) {
    out += fmt::format("<tr class=\"{}\"{}><th>{}<td class=left>{}{}", css_class(group, row),
                       filter_attributes(row.cell->spec, row.cell->capabilities), html(row.label),
                       to_string(row.cell->spec.wait), main_cells(row, largest));
    for (const FigureColumn& column : columns) {
      const Figure* figure = row.summary.figure(column.name, column.quantile);
      out += "<td>";
      if (figure != nullptr) {
        out += figure->needs != 0 ? "n/a" : html(value_text(*figure, true));
      }
    }
    out += fmt::format("<td>{}<td>{}\n", rank_text(group, row), row.summary.published);
  }
  return out + "</tbody></table></div>\n";
}

// What the checked scenarios measured on the way.
std::string checked_table(const ViewGroup& group) {
  const std::vector<FigureColumn> columns = columns_of(group);
  if (columns.empty()) return {};
  std::string out = fmt::format(
      "<div class=scroll><table data-size={}><caption>{} of {}, {}</caption>\n<thead><tr>"
      "<th>mechanism<th class=left>wait<th class=left>verdict",
      group.size, html(group.scenario), sizes_for_people(group), html(group.setting));
  for (const FigureColumn& column : columns) out += "<th>" + html(column.header);
  out += "</thead>\n<tbody>\n";
  for (const ViewRow& row : group.rows) {
    out += fmt::format("<tr class=\"{}\"{}><th>{}<td class=left>{}<td class=left>{}",
                       row.summary.state == State::passed ? "" : css_class(group, row),
                       filter_attributes(row.cell->spec, row.cell->capabilities), html(row.label),
                       to_string(row.cell->spec.wait), html(verdict_text(group, row, {})));
    for (const FigureColumn& column : columns) {
      const Figure* figure = row.summary.figure(column.name, column.quantile);
      out += "<td>";
      if (figure != nullptr && figure->needs == 0) out += html(value_text(*figure, true));
    }
    out += "\n";
  }
  return out + "</tbody></table></div>\n";
}

constexpr const char* legend =
    "<p class=note>Each figure is the median over trials. ±: half its interval, of which the "
    "coverage is at least 95 %; ~: half the range of too few trials for one. =: a tie, its "
    "interval overlaps the best's. Where a step of the clock is more than 0.5 % of a p50, ± "
    "includes "
    "it, and the row is ranked by its batch mean if it has one. few trials: too few for an "
    "interval, so neither ranked nor "
    "tied, "
    "only in order. floor: both ends in one process, what the harness itself costs. other state: "
    "measured in another state of the machine, so not ranked. lossy: may lose messages, so not "
    "ranked with the others; lost share, longest loss and sent rate tell how many it lost, in a "
    "row "
    "at most, and at which rate. unsteady: the machine changed its "
    "state in every trial, or could not be looked at; one of them is shown. A (m), B (n): two "
    "groups "
    "of trials, m near A and n near B. n/a: fewer than 100 samples beyond that percentile in each "
    "trial. What did not pass in every trial is not ranked "
    "and has no figures; the reason stands in its row.</p>\n";

}  // namespace

std::string figures_section(const ReportParts& parts) {
  std::string out = "<section id=tables><h2>All figures</h2>\n";
  out += legend;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::string timed;
    std::string checked;
    for (const ViewGroup& group : parts[i].view.groups) {
      if (group.kind == TableKind::verdict) {
        checked += checked_table(group);
      } else {
        timed += timed_table(group);
      }
    }
    if (!checked.empty()) {
      checked.insert(0, "<details><summary>What the checked scenarios measured</summary>\n")
          .append("</details>\n");
    }
    std::string content = timed + checked;
    if (const auto skipped = skipped_lines(parts[i].view); !skipped.empty()) {
      content += "<h3>Not run</h3>\n" + html_list(skipped);
    }
    out += per_part(parts, i, content);
  }
  return out + "</section>\n";
}

}  // namespace ipcmark
