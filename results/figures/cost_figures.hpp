// What a trial cost, in figures that can be compared with another trial's: all its processes
// together, per message where messages are counted.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "results/model/trial.hpp"

namespace ipcmark {

struct CostFigure {
  FigureEntry figure;
  bool summarized;  // false: of single trials only, in the CSV
  // Nothing when the trial has no costs, or none per message.
  std::optional<double> (*value)(const Trial& trial);
};
std::span<const CostFigure> cost_figures();
// "CPU/msg": how a column of that cost is headed. The name must be in the table.
const char* cost_label(std::string_view name);

// CPU time of all the trial's processes, without what the harness took to wait until messages were
// due.
double mechanism_cpu_ns(const Trial& trial);

// From the first start of its processes' measured intervals to the last end; 0: it has none.
std::uint64_t measured_span_ns(const Trial& trial);

// The trial's own value of any figure that is declared (catalogue.hpp): of a histogram its quantile
//; nothing where it has none.
std::optional<double> trial_value(const Trial& trial, const std::string& name, double quantile);
// The value of the first of them that the trial has, of a histogram its median.
struct Headline {
  double value;
  Unit unit;
};
std::optional<Headline> headline_of(const Trial& trial, const std::vector<FigureEntry>& headlines);

}  // namespace ipcmark
