#include "results/figures/cost_figures.hpp"

#include <algorithm>
#include <cmath>

namespace ipcmark {
namespace {

using Value = std::optional<double>;

double total(const Trial& trial, std::uint64_t ProcessCost::*part) {
  double sum = 0;
  for (const ProcessCost& cost : trial.costs) sum += static_cast<double>(cost.*part);
  return sum;
}

double without(double all, double part) { return std::max(0.0, all - part); }

// See mechanism_cpu_ns(): the harness's own part comes from another clock than the kernel's
// account, which also tells user from system time by samples: no part may become negative, and both
// make up the whole.
double user_ns(const Trial& trial) {
  return std::min(mechanism_cpu_ns(trial), without(total(trial, &ProcessCost::user_ns),
                                                   total(trial, &ProcessCost::harness_user_ns)));
}

double switches(const Trial& trial) {
  return without(total(trial, &ProcessCost::voluntary_switches) +
                     total(trial, &ProcessCost::involuntary_switches),
                 total(trial, &ProcessCost::harness_switches));
}

Value per_message(const Trial& trial, double amount) {
  const auto messages = trial.counts.find("messages_total");
  if (messages == trial.counts.end() || messages->second <= 0) return std::nullopt;
  return amount / static_cast<double>(messages->second);
}

Value cpus_busy(const Trial& trial) {
  const std::uint64_t span = measured_span_ns(trial);
  if (span == 0) return std::nullopt;
  return mechanism_cpu_ns(trial) / static_cast<double>(span);
}

// clang-format off: a row a figure
constexpr auto figures = std::to_array<CostFigure>({
    {{.name = "user_ns",
      .unit = Unit::nanoseconds,
      .better = Better::lower,
      .sentence = "CPU time outside the kernel, of all the trial's processes, harness included.",
      .as = Recorded::derived,
      .followed = false,
      .column = false},
     false,
     [](const Trial& trial) -> Value { return total(trial, &ProcessCost::user_ns); }},
    {{.name = "system_ns",
      .unit = Unit::nanoseconds,
      .better = Better::lower,
      .sentence = "CPU time in the kernel, of all the trial's processes, harness included.",
      .as = Recorded::derived,
      .followed = false,
      .column = false},
     false,
     [](const Trial& trial) -> Value { return total(trial, &ProcessCost::system_ns); }},
    {{.name = "context_switches",
      .unit = Unit::count,
      .better = Better::lower,
      .sentence = "Context switches, voluntary and not, of all the trial's processes, without the "
                  "harness's own sleeps.",
      .as = Recorded::derived,
      .followed = false,
      .column = false},
     false,
     [](const Trial& trial) -> Value { return switches(trial); }},
    {{.name = "cpu_per_message",
      .unit = Unit::nanoseconds,
      .better = Better::lower,
      .sentence =
          "CPU time, user and system, of every process of the trial over all messages sent, "
          "warm-up included in both; a round trip is two messages. Without what the harness itself "
          "takes to wait until a message is due (load, --gap): harness_ns.",
      .as = Recorded::derived,
      .gated = true,
      .label = "CPU/msg"},
     true,
     [](const Trial& trial) { return per_message(trial, mechanism_cpu_ns(trial)); }},
    {{.name = "user_per_message",
      .unit = Unit::nanoseconds,
      .better = Better::lower,
      .sentence = "The part of it spent outside the kernel.",
      .as = Recorded::derived,
      .followed = false,
      .column = false},
     true,
     [](const Trial& trial) { return per_message(trial, user_ns(trial)); }},
    {{.name = "system_per_message",
      .unit = Unit::nanoseconds,
      .better = Better::lower,
      .sentence = "The part of it spent in the kernel.",
      .as = Recorded::derived,
      .followed = false,
      .column = false},
     true,
     [](const Trial& trial) {
       return per_message(trial, mechanism_cpu_ns(trial) - user_ns(trial));
     }},
    {{.name = "switches_per_message",
      .unit = Unit::count,
      .better = Better::lower,
      .sentence = "Context switches, voluntary and not, of every process of the trial over all "
                  "messages, likewise.",
      .as = Recorded::derived,
      .followed = false,
      .label = "switches/msg"},
     true,
     [](const Trial& trial) { return per_message(trial, switches(trial)); }},
    {{.name = "harness_ns",
      .unit = Unit::nanoseconds,
      .better = Better::lower,
      .sentence =
          "CPU time that the harness itself took to wait until messages were due: to sleep, "
          "and to poll the clock for the last 100 us.",
      .as = Recorded::derived,
      .followed = false,
      .column = false},
     false,
     [](const Trial& trial) -> Value {
       return total(trial, &ProcessCost::harness_user_ns) +
              total(trial, &ProcessCost::harness_system_ns);
     }},
    {{.name = "cpus_busy",
      .unit = Unit::count,
      .better = Better::lower,
      .sentence = "CPU time of every process of the trial, likewise without the harness's waits, "
                  "over the time from the first one's start to the last one's end: 2 is two full "
                  "CPUs.",
      .as = Recorded::derived,
      .followed = false,
      .header = "CPUs busy"},
     true,
     cpus_busy},
    {{.name = "peak_bytes",
      .unit = Unit::bytes,
      .better = Better::lower,
      .sentence =
          "Peak resident memory of each process's whole life, summed; shared pages count in "
          "each.",
      .as = Recorded::derived,
      .followed = false,
      .column = false},
     true,
     [](const Trial& trial) -> Value { return total(trial, &ProcessCost::peak_bytes); }},
    {{.name = "page_faults",
      .unit = Unit::count,
      .better = Better::lower,
      .sentence = "Page faults of every process of the trial.",
      .as = Recorded::derived,
      .followed = false,
      .column = false},
     true,
     [](const Trial& trial) -> Value {
       return total(trial, &ProcessCost::minor_faults) + total(trial, &ProcessCost::major_faults);
     }},
});
// clang-format on

Value cost_value(const Trial& trial, const std::string& name) {
  if (trial.costs.empty()) return std::nullopt;
  for (const CostFigure& each : figures) {
    if (name == each.figure.name) return each.value(trial);
  }
  return std::nullopt;
}

}  // namespace

double mechanism_cpu_ns(const Trial& trial) {
  return without(
      total(trial, &ProcessCost::user_ns) + total(trial, &ProcessCost::system_ns),
      total(trial, &ProcessCost::harness_user_ns) + total(trial, &ProcessCost::harness_system_ns));
}

std::span<const CostFigure> cost_figures() { return figures; }

const char* cost_label(std::string_view name) {
  for (const CostFigure& each : figures) {
    if (name == each.figure.name) return each.figure.label;
  }
  return "";
}

std::uint64_t measured_span_ns(const Trial& trial) {
  std::uint64_t first = ~std::uint64_t{0};
  std::uint64_t last = 0;
  for (const ProcessCost& cost : trial.costs) {
    first = std::min(first, cost.start_ns);
    last = std::max(last, cost.start_ns + cost.wall_ns);
  }
  return trial.costs.empty() ? 0 : last - first;
}

std::optional<double> trial_value(const Trial& trial, const std::string& name, double quantile) {
  if (quantile >= 0) {
    const auto histogram = trial.histograms.find(name);
    if (histogram == trial.histograms.end() || histogram->second.count() == 0) return std::nullopt;
    return static_cast<double>(histogram->second.quantile(quantile));
  }
  if (const Metric* metric = trial.metric(name)) {
    return std::isfinite(metric->value) ? std::optional(metric->value) : std::nullopt;
  }
  return cost_value(trial, name);
}

std::optional<Headline> headline_of(const Trial& trial, const std::vector<FigureEntry>& headlines) {
  for (const FigureEntry& each : headlines) {
    const double quantile = each.as == Recorded::histogram ? 0.5 : -1;
    if (const auto value = trial_value(trial, each.name, quantile))
      return Headline{*value, each.unit};
  }
  return std::nullopt;
}

}  // namespace ipcmark
