#include "scenarios/timed/pairs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "scenarios/option_row.hpp"
#include "scenarios/timing/fairness.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {

OptionRow pairs_option() {
  return count_option("pairs", 1, "independent pairs of processes at once", 1, max_pairs);
}

unsigned pairs_of(const RunSpec& spec) { return static_cast<unsigned>(spec.option("pairs", 1)); }

unsigned pair_of(const WorkerContext& context) {
  return context.index() / (context.workers() / pairs_of(context.spec()));
}

void repeat_for_pairs(const RunSpec& spec, Layout& layout) {
  const std::int64_t pairs = spec.option("pairs", 1);
  if (pairs < 1 || pairs > max_pairs) {
    layout.unsupported_reason = fmt::format("needs pairs between 1 and {}", max_pairs);
    return;
  }
  const std::vector<std::string> roles = layout.roles;
  const std::vector<ChannelUse> channels = layout.channels;
  for (std::int64_t pair = 1; pair < pairs; ++pair) {
    const auto first = static_cast<unsigned>(layout.roles.size());
    layout.roles.insert(layout.roles.end(), roles.begin(), roles.end());
    for (ChannelUse use : channels) {
      for (unsigned& worker : use.senders) worker += first;
      for (unsigned& worker : use.receivers) worker += first;
      layout.channels.push_back(std::move(use));
    }
  }
  layout.shared_bytes *= static_cast<std::size_t>(pairs);
}

std::byte* shared_of_pair(WorkerContext& context, std::size_t bytes) {
  return context.shared().subspan(pair_of(context) * bytes, bytes).data();
}

void publish_sums(const std::vector<WorkerReport>& reports, const std::string& role,
                  std::initializer_list<const char*> names, Trial& trial) {
  for (const WorkerReport& report : reports) {
    if (report.role != role) continue;
    for (const char* name : names) {
      if (report.tallies.contains(name)) trial.counts[name] += count_of(report, name);
    }
  }
}

void add_means(const std::vector<WorkerReport>& reports, const std::string& role, Trial& trial) {
  std::vector<Metric> sums;  // of value times samples
  for (const WorkerReport& report : reports) {
    if (report.role != role) continue;
    for (const Metric& metric : report.metrics) {
      const auto same = [&metric](const Metric& sum) { return sum.name == metric.name; };
      auto sum = std::find_if(sums.begin(), sums.end(), same);
      if (sum == sums.end()) sum = sums.insert(sums.end(), Metric{metric.name, 0, metric.unit, 0});
      sum->value += metric.value * static_cast<double>(metric.samples);
      sum->samples += metric.samples;
    }
  }
  for (Metric& sum : sums) {
    if (sum.samples == 0 || trial.metric(sum.name)) continue;
    sum.value /= static_cast<double>(sum.samples);
    trial.metrics.push_back(std::move(sum));
  }
}

void add_fairness(const std::vector<WorkerReport>& reports, const std::string& role,
                  const char* amount, Trial& trial) {
  std::vector<double> rates;
  rates.reserve(reports.size());
  for (const WorkerReport& report : reports) {
    if (report.role != role) continue;
    const std::int64_t took = count_of(report, "end_ns") - count_of(report, "begin_ns");
    const auto done = static_cast<double>(count_of(report, amount));
    rates.push_back(took > 0 ? done / static_cast<double>(took) : 0);
  }
  if (rates.size() < 2) return;
  trial.metrics.push_back({"fairness", fairness_of(std::span<const double>(rates)), Unit::ratio,
                           static_cast<std::uint64_t>(rates.size())});
}

}  // namespace ipcmark
