// The files of results/report/ and the charting library, as they were when this was built.
#pragma once

#include <string_view>
#include <vector>

namespace ipcmark {

struct ReportChart {
  std::string_view name;           // "percentiles"
  std::string_view specification;  // of Vega, as JSON that may stand inside a <script>
};

// The text of an element that the page's policy allows by its hash, so that it must stand there
// byte for byte.
struct ReportElement {
  std::string_view text;
  std::string_view hash;  // "sha256-…"
};

struct ReportAssets {
  ReportElement style;     // CSS
  ReportElement script;    // what filters tables and hands data to the charts
  ReportElement vega;      // empty: `lacks` says why
  std::string_view lacks;  // "esbuild and libjs-vega were missing when this ipcmark was built"
  std::vector<ReportChart> charts;
};

// Made at build time by results/report/web/embed.cmake.
const ReportAssets& report_assets();

}  // namespace ipcmark
