// One page about one or several results, to look at and to mail: a single HTML file without a
// network, with tables that need no JavaScript and charts that Vega draws from results/report/.
#pragma once

#include <span>
#include <string>

#include "results/model/trial.hpp"

namespace ipcmark {

struct ReportedResult {
  std::string name;  // where it comes from: a file name
  ResultDocument document;
};

// The whole file. At least one result; with several, the first is what the others are compared
// with.
std::string report_to_html(std::span<const ReportedResult> results);

// Empty when the page has charts; otherwise one sentence on why it has tables only.
std::string report_lacks();

}  // namespace ipcmark
