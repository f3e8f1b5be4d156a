#include "results/export/export.hpp"

#include <array>

#include "results/export/csv.hpp"

namespace ipcmark {

// Each in export_NAME.cpp; the order is that of the list.
Exported export_csv(const ExportInput& input);
Exported export_gbench(const ExportInput& input);
Exported export_github_action_benchmark(const ExportInput& input);
Exported export_bencher(const ExportInput& input);
Exported export_otava(const ExportInput& input);
Exported export_openmetrics(const ExportInput& input);
Exported export_hgrm(const ExportInput& input);
Exported export_junit(const ExportInput& input);
Exported export_markdown(const ExportInput& input);

namespace {

constexpr std::array<ExportFormat, 9> formats{{
    {"csv", "Tidy CSV, one figure of one trial a row", false, false, export_csv},
    {"gbench", "Google Benchmark JSON, an entry a trial, in ns", false, false, export_gbench},
    {"github-action-benchmark", "Its customSmallerIsBetter JSON; rates as ns", false, false,
     export_github_action_benchmark},
    {"bencher", "Bencher Metric Format (JSON), with intervals", false, false, export_bencher},
    {"otava", "Wide CSV for Apache Otava, a row for each result", true, false, export_otava},
    {"openmetrics", "OpenMetrics text in base units, as of the run's end", false, false,
     export_openmetrics},
    {"hgrm", "HdrHistogram percentile text in ns, to plot", false, true, export_hgrm},
    {"junit", "JUnit XML, a test case for each cell", false, false, export_junit},
    {"markdown", "Tables and notes in GitHub's Markdown", false, false, export_markdown},
}};

}  // namespace

std::span<const ExportFormat> export_formats() { return formats; }

const ExportFormat* export_format(std::string_view name) {
  for (const ExportFormat& format : formats) {
    if (name == format.name) return &format;
  }
  return nullptr;
}

Exported export_csv(const ExportInput& input) { return result_to_csv(input.results.front()); }

}  // namespace ipcmark
