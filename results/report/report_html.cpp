// The small pieces of HTML that all sections are made of.
#include <fmt/format.h>

#include "results/report/report_parts.hpp"
#include "results/text/units.hpp"

namespace ipcmark {

std::string filter_attributes(const RunSpec& spec, const CapabilityFacts& capabilities) {
  const std::string group = group_of(capabilities);
  return fmt::format(" data-size={} data-wait={} data-placement={}{}", spec.size,
                     to_string(spec.wait), to_string(spec.placement),
                     group.empty() ? "" : fmt::format(" data-group=\"{}\"", html(group)));
}

std::string amount(double value, Unit unit) { return html(scaled(value, unit)); }

std::string half_width_text(const Figure& figure) {
  if (!(figure.median > 0)) return "";
  const double percent = 50 * (figure.high - figure.low) / figure.median;
  return fmt::format("{} {:.{}f} %", figure.coverage > 0 ? "±" : "~", percent,
                     percent < 9.95 ? 1 : 0);
}

std::string per_part(const ReportParts& parts, std::size_t part, const std::string& content) {
  if (parts.size() == 1 || content.empty()) return content;
  return fmt::format("<details data-result={}{}><summary>{}</summary>\n{}</details>\n", part,
                     part == 0 ? " open" : "", html(parts[part].label), content);
}

std::string html_list(const std::vector<std::string>& lines, const char* css_class) {
  if (lines.empty()) return {};
  std::string out = fmt::format("<ul class=\"{}\">\n", css_class);
  for (const std::string& line : lines) out += "<li>" + html(line) + "\n";
  return out + "</ul>\n";
}

}  // namespace ipcmark
