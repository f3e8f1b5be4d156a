#include "results/figures/resolution.hpp"

#include <cmath>
#include <cstdlib>

namespace ipcmark {
namespace {

bool of_means(const FigureEntry& figure) { return figure.quantiles == Quantiles::median; }

// Single measurements are differences of two readings; the clock's share in a mean of many is its
// number of times smaller, and rates and costs are not of single readings at all.
bool of_single_readings(const FigureEntry& figure, double quantile) {
  return quantile >= 0 && figure.unit == Unit::nanoseconds && !of_means(figure);
}

}  // namespace

double clock_step_ns(const Environment& environment) {
  const double step = std::strtod(environment.get("clock", "step_ns").c_str(), nullptr);
  return std::isfinite(step) && step > 0 ? step : 0;
}

Resolution resolution_of(const ScenarioFacts* scenario, const FigureEntry& figure,
                         std::string_view name, double quantile, double value, double step_ns,
                         double effect, const std::function<bool(std::string_view)>& has) {
  Resolution chosen{std::string(name), 0};
  if (!of_single_readings(figure, quantile)) return chosen;
  if (step_ns <= coarse_share * effect * value) return chosen;
  if (quantile == 0.5 && figure.headline && scenario != nullptr) {
    for (const FigureEntry& other : scenario->headlines()) {
      if (!of_means(other) || other.unit != figure.unit || !has(other.name)) continue;
      chosen.name = other.name;
      return chosen;
    }
  }
  chosen.step_ns = step_ns;
  return chosen;
}

}  // namespace ipcmark
