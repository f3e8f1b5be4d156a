#include "scenarios/launch/figure_check.hpp"

namespace ipcmark {

std::string undeclared_figure(const Catalogue& catalogue, const std::string& scenario,
                              const Trial& trial) {
  const auto missing = [&](const std::string& name, Recorded as) {
    const FigureEntry* entry = catalogue.find(scenario, name);
    return entry == nullptr || entry->as != as;
  };
  for (const Metric& metric : trial.metrics) {
    if (missing(metric.name, Recorded::metric)) return metric.name;
    if (catalogue.find(scenario, metric.name)->unit != metric.unit) return metric.name;
  }
  for (const auto& [name, histogram] : trial.histograms) {
    if (missing(name, Recorded::histogram)) return name;
  }
  for (const auto& [name, value] : trial.counts) {
    if (missing(name, Recorded::count)) return name;
  }
  return {};
}

}  // namespace ipcmark
