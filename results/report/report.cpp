#include "results/report/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "results/figures/disturbances.hpp"
#include "results/model/run_labels.hpp"
#include "results/report/page_frame.hpp"
#include "results/report/report_assets.hpp"
#include "results/report/report_parts.hpp"

namespace ipcmark {
namespace {

// The directories and the name of a path, without the name's ".json".
std::vector<std::string> path_parts(std::string path) {
  if (path.ends_with(".json")) path.resize(path.size() - 5);
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (end > begin) parts.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  if (parts.empty()) parts.push_back(path);
  return parts;
}

// The last part of each path that is not the same for all: of "monday/result.json" and
// "tuesday/result.json" the day. What is still the same is numbered.
std::vector<std::string> labels_of(std::span<const ReportedResult> results) {
  std::vector<std::vector<std::string>> paths;
  paths.reserve(results.size());
  for (const ReportedResult& result : results) paths.push_back(path_parts(result.name));
  const auto all_end_alike = [&] {
    return std::all_of(paths.begin(), paths.end(), [&](const auto& path) {
      return path.size() > 1 && path.back() == paths.front().back();
    });
  };
  while (paths.size() > 1 && all_end_alike()) {
    for (auto& path : paths) path.pop_back();
  }
  std::set<std::string> taken;
  std::vector<std::string> labels;
  labels.reserve(paths.size());
  for (const auto& path : paths) {
    std::string label = path.back();
    for (unsigned n = 2; !taken.insert(label).second; ++n) {
      label = fmt::format("{} {}", path.back(), n);
    }
    labels.push_back(label);
  }
  return labels;
}

std::string title_of(const ReportParts& parts) {
  if (parts.size() == 1) return "ipcmark: " + parts.front().label;
  return fmt::format("ipcmark: {} results", parts.size());
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (word.empty() || word == "n/a") continue;
    text.append(text.empty() ? "" : " · ").append(html(word));
  }
  return text;
}

// One line on what was measured where.
std::string provenance(const ReportPart& part, bool name) {
  const RunInfo& run = part.document().run;
  const Environment& machine = part.document().environment;
  const std::string online = machine.get("cpu", "online");
  const std::string kernel = machine.get("kernel", "release");
  const std::string revision = machine.get("build", "revision");
  std::string out = "<p class=provenance>";
  if (name) out += fmt::format("<b>{}</b> ", html(part.label));
  std::vector<std::string> words{
      machine.get("cpu", "model"),
      online.empty() ? "" : online + " CPUs",
      kernel.empty() ? "" : "Linux " + kernel,
      machine.get("cpu", "hypervisor").starts_with("yes") ? "virtual machine" : "",
      fmt::format("{} suite, {} trials a cell", run.suite, run.trials_asked),
      fmt::format("ipcmark {}{}", run.version, revision.empty() ? "" : " " + revision),
      run.started};
  const std::vector<std::string> origin = origin_words(run);
  words.insert(words.end(), origin.begin(), origin.end());
  out += joined(words);
  out += "</p>";
  if (run.interrupted) {
    out += "<p class=warning>Interrupted: what was measured until then is shown.</p>";
  }
  for (const std::string& sentence : disturbances(part.document())) {
    out += fmt::format("<p class=warning>{}</p>", html(sentence));
  }
  return out;
}

constexpr std::size_t max_named = 8;

std::string header(const ReportParts& parts) {
  std::string out =
      fmt::format("<header><h1>{}</h1><button id=theme type=button hidden>Dark</button>",
                  html(title_of(parts)));
  for (std::size_t i = 0; i < std::min(parts.size(), max_named); ++i) {
    out += provenance(parts[i], parts.size() > 1);
  }
  if (parts.size() > max_named) {
    out += fmt::format(
        "<p class=provenance>and {} more, listed under <a href=#machine>Machine</a></p>",
        parts.size() - max_named);
  }
  return out + "</header>\n";
}

}  // namespace

ReportParts report_parts(std::span<const ReportedResult> results) {
  const std::vector<std::string> labels = labels_of(results);
  ReportParts parts;
  parts.reserve(results.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    parts.push_back({labels[i], &results[i], make_view(results[i].document)});
  }
  return parts;
}

std::string report_to_html(std::span<const ReportedResult> results) {
  const ReportParts parts = report_parts(results);
  const std::vector<ReportComparison> comparisons = report_comparisons(parts);
  std::string out = page_head(title_of(parts)) + "<body>\n" + header(parts);
  out += "<main>\n" + answers_section(parts);
  out += "<div id=filters hidden></div>\n";
  out += comparison_section(parts, comparisons);
  out += page_charts();
  out += side_by_side_section(parts);
  out += explained_section(parts);
  out += figures_section(parts);
  out += correctness_section(parts);
  out += environment_section(parts);
  out += "</main>\n";
  out += page_scripts(report_data(parts, comparisons));
  return out + "</body>\n</html>\n";
}

std::string report_lacks() { return std::string(report_assets().lacks); }

}  // namespace ipcmark
