// What the sections of the page share, and the sections themselves. Each returns HTML, or nothing
// where it has nothing to say.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "results/comparison/comparison.hpp"
#include "results/console/view.hpp"
#include "results/model/capabilities.hpp"
#include "results/report/report.hpp"
#include "results/text/html.hpp"

namespace ipcmark {

// A result, arranged once for all sections.
struct ReportPart {
  std::string label;  // short, unique among the parts: "base", "new"
  const ReportedResult* result = nullptr;
  View view;
  const ResultDocument& document() const { return result->document; }
};
using ReportParts = std::vector<ReportPart>;
ReportParts report_parts(std::span<const ReportedResult> results);

// A later result compared with the first.
struct ReportComparison {
  std::size_t candidate = 0;             // index among the parts
  std::vector<std::string> differences;  // of the machines; not empty: not compared
  Comparison comparison;
};
std::vector<ReportComparison> report_comparisons(const ReportParts& parts);

std::string answers_section(const ReportParts& parts);
std::string side_by_side_section(const ReportParts& parts);
std::string comparison_section(const ReportParts& parts,
                               const std::vector<ReportComparison>& comparisons);
std::string explained_section(const ReportParts& parts);
std::string figures_section(const ReportParts& parts);
std::string correctness_section(const ReportParts& parts);
std::string environment_section(const ReportParts& parts);
// What the charts draw, as JSON that may stand inside a <script>.
std::string report_data(const ReportParts& parts, const std::vector<ReportComparison>& comparisons);

// " data-size=64 data-wait=block …": what the filters of the page look at.
std::string filter_attributes(const RunSpec& spec, const CapabilityFacts& capabilities);
// A figure for people (units.hpp), as HTML.
std::string amount(double value, Unit unit);
// Half the interval in percent, "± 2.1 %"; "~ 2.1 %" where it is a mere range.
std::string half_width_text(const Figure& figure);
// <details> that is open when there is only one part; just the content when there is one.
std::string per_part(const ReportParts& parts, std::size_t part, const std::string& content);
std::string html_list(const std::vector<std::string>& lines, const char* css_class = "");

}  // namespace ipcmark
