// HdrHistogram's percentile text, as its own plotter reads it: four columns, comments after '#'.
// A section for each cell and histogram, of the published trials pooled: for a plot, no more.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "results/export/export_cells.hpp"
#include "results/model/run_labels.hpp"
#include "results/text/printable.hpp"

namespace ipcmark {
namespace {

// HdrHistogram's own default: five steps for each halving of the distance to 100 %.
constexpr unsigned steps_per_halving = 5;

// The percentile (0 to 1) after so many steps. Not by adding them up, whose rounding errors would
// put a percentile that ends a bucket into the next one.
double level_after(unsigned steps) {
  const unsigned halvings = steps / steps_per_halving;
  const double distance = std::exp2(-static_cast<double>(halvings));
  return 1 - distance * (1 - (steps % steps_per_halving) / (2.0 * steps_per_halving));
}

double standard_deviation(const Histogram& histogram) {
  const double mean = histogram.mean();
  double squares = 0;
  for (const auto& [index, count] : histogram.sparse()) {
    const double middle = static_cast<double>(Histogram::lowest_of(index)) / 2 +
                          static_cast<double>(Histogram::highest_of(index)) / 2;
    squares += static_cast<double>(count) * (middle - mean) * (middle - mean);
  }
  return std::sqrt(squares / static_cast<double>(histogram.count()));
}

void write_percentiles(const Histogram& histogram, std::string& out) {
  out += fmt::format("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount",
                     "1/(1-Percentile)");
  const std::uint64_t total = histogram.count();
  std::uint64_t seen = 0;
  unsigned step = 0;
  for (const auto& [index, count] : histogram.sparse()) {
    seen += count;
    const double value =
        static_cast<double>(std::min(Histogram::highest_of(index), histogram.max()));
    const double reached = static_cast<double>(seen) / static_cast<double>(total);
    // What is next to 100 % is not told from it, and there is no end to the levels below.
    for (double level = level_after(step); level <= reached && level < 1;
         level = level_after(++step)) {
      out += fmt::format("{:12.3f} {:2.12f} {:10} {:14.2f}\n", value, level, seen, 1 / (1 - level));
      if (seen == total) break;
    }
  }
  out += fmt::format("{:12.3f} {:2.12f} {:10}\n", static_cast<double>(histogram.max()), 1.0, total);
  out += fmt::format("#[Mean    = {:12.3f}, StdDeviation   = {:12.3f}]\n", histogram.mean(),
                     standard_deviation(histogram));
  out += fmt::format("#[Max     = {:12.3f}, Total count    = {:12}]\n",
                     static_cast<double>(histogram.max()), total);
  out += fmt::format("#[Buckets = {:12}, SubBuckets     = {:12}]\n",
                     Histogram::buckets() / 1024 - 1, 2048);
}

std::set<std::string> histogram_names(const ExportCell& cell) {
  std::set<std::string> names;
  for (const Trial* trial : cell.published) {
    for (const auto& [name, histogram] : trial->histograms) {
      if (histogram.count() > 0) names.insert(name);
    }
  }
  return names;
}

// Of any of its quantiles, each once.
std::vector<std::string> marks_of_histogram(const ExportCell& cell, const std::string& name) {
  std::vector<std::string> marks;
  for (const Figure& figure : cell.summary.figures) {
    if (figure.name != name || figure.quantile < 0) continue;
    std::vector<std::string> each = marks_of(cell, figure);
    for (std::string& mark : each) {
      if (std::find(marks.begin(), marks.end(), mark) == marks.end()) {
        marks.push_back(std::move(mark));
      }
    }
  }
  return marks;
}

}  // namespace

Exported export_hgrm(const ExportInput& input) {
  const RunInfo& run = input.results.front().run;
  const std::string origin = fmt::format("{}", fmt::join(origin_words(run), ", "));
  std::string out;
  for (const ExportCell& cell : export_cells(input.results.front())) {
    if (!sound(cell) || cell.summary.saturated > 0 ||
        (!input.only.empty() && cell.key != input.only))
      continue;
    for (const std::string& name : histogram_names(cell)) {
      Histogram pooled;
      for (const Trial* trial : cell.published) {
        const auto found = trial->histograms.find(name);
        if (found != trial->histograms.end()) pooled.merge(found->second);
      }
      if (!out.empty()) out += "\n";
      out += fmt::format("#[Cell = {}, histogram = {}, unit = ns, trials pooled = {}]\n",
                         printable(cell.key), printable(name), cell.published.size());
      if (!origin.empty()) out += fmt::format("#[Run = {}]\n", printable(origin));
      for (const std::string& mark : marks_of_histogram(cell, name)) {
        out += fmt::format("#[Mark = {}]\n", printable(mark));
      }
      write_percentiles(pooled, out);
    }
  }
  if (out.empty()) return nothing_to_export("a histogram");
  return out;
}

}  // namespace ipcmark
