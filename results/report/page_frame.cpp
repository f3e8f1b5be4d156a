#include "results/report/page_frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "results/report/report_assets.hpp"
#include "results/text/html.hpp"

namespace ipcmark {
namespace {

// Nothing but what the page brings along: no other script runs, and nothing that is embedded can
// ask the network for anything or lead elsewhere.
std::string policy() {
  const ReportAssets& assets = report_assets();
  return fmt::format(
      "default-src 'none'; base-uri 'none'; form-action 'none'; style-src '{}'; "
      "script-src '{}' '{}'",
      assets.style.hash, assets.script.hash, assets.vega.hash);
}

}  // namespace

// The policy stands before everything it is for.
std::string page_head(const std::string& title) {
  return fmt::format(R"(<!doctype html>
<html lang=en>
<head>
<meta charset=utf-8>
<meta http-equiv=Content-Security-Policy content="{}">
<meta name=viewport content="width=device-width, initial-scale=1">
<meta name=color-scheme content="light dark">
<title>{}</title>
<style>{}</style>
</head>
)",
                     policy(), html(title), report_assets().style.text);
}

std::string page_charts() {
  const ReportAssets& assets = report_assets();
  if (!assets.vega.text.empty()) {
    return "<section id=charts hidden><h2>Charts</h2><div id=figures></div></section>\n"
           "<noscript><p class=note>The charts need JavaScript; all their figures are in the "
           "tables.</p></noscript>\n";
  }
  return fmt::format("<p class=note>No charts: {}. All their figures are in the tables.</p>\n",
                     html(assets.lacks));
}

std::string page_scripts(const std::string& data, std::span<const std::string_view> charts) {
  const ReportAssets& assets = report_assets();
  std::string out = "<script type=application/json id=data>" + data + "</script>\n";
  if (!assets.vega.text.empty()) {
    for (const ReportChart& chart : assets.charts) {
      const bool wanted =
          charts.empty() || std::find(charts.begin(), charts.end(), chart.name) != charts.end();
      if (!wanted) continue;
      out += fmt::format("<script type=application/json id=chart-{}>{}</script>\n", chart.name,
                         chart.specification);
    }
    out += fmt::format("<script>{}</script>\n", assets.vega.text);
  }
  return out + fmt::format("<script>{}</script>\n", assets.script.text);
}

std::string script_json(std::string json) {
  // A script ends at the first "</", even inside a string.
  for (std::size_t at = 0; (at = json.find('<', at)) != std::string::npos; at += 6) {
    json.replace(at, 1, "\\u003c");
  }
  return json;
}

double chart_number(double value) {
  if (!std::isfinite(value) || value == 0) return 0;
  const double step = std::pow(10.0, std::floor(std::log10(std::abs(value))) - 3);
  return step >= 1 ? std::round(value / step) * step
                   : std::round(value / step) / std::round(1 / step);
}

}  // namespace ipcmark
