// Where the time of round trips goes: the commonest way of each cell that was explained.
#include <fmt/format.h>

#include "results/report/report_parts.hpp"
#include "results/text/units.hpp"

namespace ipcmark {
namespace {

std::string time_html(double ns) { return amount(ns, Unit::nanoseconds); }

std::string facts_of(const ExplainedCell& cell, const ExplainedPath& path) {
  std::string text = fmt::format(
      "{:.0f} % of {} trips went this way. Median round trip {} without tracing, {} with; {:.1f} % "
      "of the chains are complete, {:.1f} % cut.",
      path.share * 100, cell.trips, scaled(cell.plain_ns, Unit::nanoseconds),
      scaled(cell.traced_ns, Unit::nanoseconds),
      100 * static_cast<double>(cell.complete) / static_cast<double>(cell.trips),
      100 * static_cast<double>(cell.cut) / static_cast<double>(cell.trips));
  if (!cell.not_seen.empty()) text += " Not seen: " + cell.not_seen + ".";
  return text;
}

std::string way_table(const ExplainedCell& cell) {
  const ExplainedPath& path = cell.paths.front();
  const char* column = cell.estimate ? "estimate" : "scaled";
  std::string out = fmt::format(
      "<div class=scroll><table><caption>{}</caption>\n<thead><tr><th>segment<th class=left>kind "
      "of "
      "work<th>traced<th>{}</thead>\n<tbody>\n",
      html(cell.cell), column);
  for (const ExplainedSegment& segment : path.segments) {
    const double share = path.scaled_ns > 0 ? segment.scaled_ns / path.scaled_ns : 0;
    out += fmt::format("<tr><th>{}<td class=left>{}<td>{}<td class=\"bar f{:.0f}\">{}\n",
                       html(segment.label), html(segment.work), time_html(segment.traced_ns),
                       100 * share, time_html(segment.scaled_ns));
  }
  out += fmt::format("<tr class=best><th>sum<td class=left><td>{}<td>{}\n",
                     time_html(path.traced_ns), time_html(path.scaled_ns));
  return out + "</tbody></table></div>\n";
}

}  // namespace

std::string explained_section(const ReportParts& parts) {
  std::string all;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::string content;
    for (const ExplainedCell& cell : parts[i].document().explained) {
      if (cell.paths.empty() || cell.trips == 0) continue;
      content += fmt::format("<h3>{}</h3>\n<p class=note>{}</p>\n", html(cell.cell),
                             html(facts_of(cell, cell.paths.front())));
      content += html_list(cell.sentences);
      content +=
          "<details><summary>Segment by segment</summary>\n" + way_table(cell) + "</details>\n";
    }
    all += per_part(parts, i, content);
  }
  if (all.empty()) return {};
  return "<section id=explained><h2>Where the time of a round trip goes</h2>\n<p class=note>Each "
         "trip was followed backwards through the kernel, from its end along what it waited for "
         "last. A is who sends first, B who answers. traced: as measured; scaled: less what the "
         "probes cost.</p>\n<div id=waterfalls></div>\n" +
         all + "</section>\n";
}

}  // namespace ipcmark
