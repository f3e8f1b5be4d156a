#include "scenarios/launch/trial_timeout.hpp"

#include <algorithm>

#include "backends/saturating.hpp"
#include "scenarios/timing/bursts.hpp"
#include "scenarios/timing/due_time.hpp"
#include "scenarios/timing/stop_condition.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t counted_ns = 30'000'000'000;
constexpr std::uint64_t message_ns = 20'000;
constexpr std::uint64_t byte_ns = 50;  // times the factor: 1 MB/s, the slowest ever called working

}  // namespace

std::uint64_t planned_ns(const RunSpec& spec) {
  const std::uint64_t trip = saturating_sum(message_ns, saturating_sum(gap_of(spec), spec.size));
  std::uint64_t total = saturating_product(spec.size, byte_ns);
  const auto add = [&total](std::uint64_t ns) { total = saturating_sum(total, ns); };
  add(spec.duration_ns);
  add(spec.warmup_ns);
  add(longest_overtime_ns);
  add(saturating_product(std::max(spec.messages, 2 * min_trips), trip));
  add(Bursts(spec).time_of(std::max(spec.messages, 2 * min_trips)));
  for (const auto& [name, value] : spec.options) {
    if (name.ends_with("_ns") && value > 0) add(static_cast<std::uint64_t>(value));
  }
  if (spec.duration_ns == 0 && spec.messages == 0) add(counted_ns);
  return total;
}

std::uint64_t trial_timeout_ns(const RunSpec& spec, std::uint64_t asked_ns) {
  if (asked_ns != 0) return asked_ns;
  return std::max(min_trial_timeout_ns, saturating_product(trial_timeout_factor, planned_ns(spec)));
}

}  // namespace ipcmark
