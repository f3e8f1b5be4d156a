// What the clock can tell apart, and what is ranked and judged where that is too little.
//
// A clock may move in steps: of 10 ns on many machines. A single measurement of 171 ns then reads
// 170 or 180, and so does its median, whatever the mechanism does: one step is 6 %, more than a
// gate judges. Where a step is more than a tenth of the minimum effect that counts, a mean of many
// (timed together, by two readings in all) takes the place of the median of singles where the cell
// has one; else every interval of the figure is to be widened by the step.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "results/model/catalogue.hpp"
#include "results/model/environment.hpp"

namespace ipcmark {

// The clock's step in ns as the run recorded it; 0: it did not, or said nothing that is a number.
double clock_step_ns(const Environment& environment);

// A step of more than this share of the minimum effect is too coarse.
inline constexpr double coarse_share = 0.1;

struct Resolution {
  std::string name;  // of the figure to rank or judge; the one that was asked for, or its stand-in
  double step_ns = 0;  // its intervals are to be widened by that, half to each side; 0: not at all
};

// For the quantile (-1: none) of a figure of `scenario` (null: not declared) that is about `value`,
// where a change of `effect` (a fraction) counts. `has`: whether the cell has a figure of that name
// above 0 on every side that takes part. Pure.
Resolution resolution_of(const ScenarioFacts* scenario, const FigureEntry& figure,
                         std::string_view name, double quantile, double value, double step_ns,
                         double effect, const std::function<bool(std::string_view)>& has);

}  // namespace ipcmark
