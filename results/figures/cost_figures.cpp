#include "results/figures/cost_figures.hpp"

#include <algorithm>
#include <array>

namespace ipcmark {
namespace {

constexpr std::array<const char*, 7> names{
    "cpu_per_message", "user_per_message", "system_per_message", "switches_per_message",
    "cpus_busy",       "peak_bytes",       "page_faults"};

double total(const Trial& trial, std::uint64_t (*part)(const ProcessCost&)) {
  double sum = 0;
  for (const ProcessCost& cost : trial.costs) sum += static_cast<double>(part(cost));
  return sum;
}

std::optional<double> per_message(const Trial& trial, double amount) {
  const auto messages = trial.counts.find("messages_total");
  if (messages == trial.counts.end() || messages->second <= 0) return std::nullopt;
  return amount / static_cast<double>(messages->second);
}

double cpu_ns(const Trial& trial) {
  return total(trial, [](const ProcessCost& cost) { return cost.user_ns + cost.system_ns; });
}

double switches(const Trial& trial) {
  return total(trial, [](const ProcessCost& cost) {
    return cost.voluntary_switches + cost.involuntary_switches;
  });
}

std::optional<double> cpus_busy(const Trial& trial) {
  const std::uint64_t span = measured_span_ns(trial);
  if (span == 0) return std::nullopt;
  return cpu_ns(trial) / static_cast<double>(span);
}

}  // namespace

std::span<const char* const> cost_figures() { return names; }

std::uint64_t measured_span_ns(const Trial& trial) {
  std::uint64_t first = ~std::uint64_t{0};
  std::uint64_t last = 0;
  for (const ProcessCost& cost : trial.costs) {
    first = std::min(first, cost.start_ns);
    last = std::max(last, cost.start_ns + cost.wall_ns);
  }
  return trial.costs.empty() ? 0 : last - first;
}

std::optional<double> cost_figure(const Trial& trial, std::string_view name) {
  if (trial.costs.empty()) return std::nullopt;
  if (name == "cpu_per_message") return per_message(trial, cpu_ns(trial));
  if (name == "user_per_message") {
    return per_message(trial, total(trial, [](const ProcessCost& cost) { return cost.user_ns; }));
  }
  if (name == "system_per_message") {
    return per_message(trial, total(trial, [](const ProcessCost& cost) { return cost.system_ns; }));
  }
  if (name == "switches_per_message") return per_message(trial, switches(trial));
  if (name == "cpus_busy") return cpus_busy(trial);
  if (name == "peak_bytes") {
    return total(trial, [](const ProcessCost& cost) { return cost.peak_bytes; });
  }
  if (name == "page_faults") {
    return total(trial,
                 [](const ProcessCost& cost) { return cost.minor_faults + cost.major_faults; });
  }
  return std::nullopt;
}

}  // namespace ipcmark
