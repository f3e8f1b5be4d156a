// The files of results/report/ and the charting library, as they were when this was built.
#pragma once

#include <string_view>
#include <vector>

namespace ipcmark {

struct ReportChart {
  std::string_view name;           // "percentiles"
  std::string_view specification;  // of Vega, as JSON
};

struct ReportAssets {
  std::string_view style;   // CSS
  std::string_view script;  // what filters tables and hands data to the charts
  std::string_view vega;    // empty: `lacks` says why
  std::string_view lacks;   // "esbuild and libjs-vega were missing when this ipcmark was built"
  std::vector<ReportChart> charts;
};

// Made at build time by results/report/web/embed.cmake.
const ReportAssets& report_assets();

}  // namespace ipcmark
