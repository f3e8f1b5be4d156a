// Semaphore: a notifier that counts, given k signals at first, lets at most k processes in at a
// time.
#include <fmt/format.h>

#include "scenarios/figures.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/timing/joint_rate.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {

namespace semaphore_detail {
namespace {

constexpr std::int64_t default_processes = 4;
constexpr std::int64_t default_entries = 100;
constexpr std::int64_t default_permits = 2;
constexpr std::uint64_t longest_hold_ns = 200'000'000;

struct Shared {
  alignas(64) std::atomic<std::int64_t> inside{0};
  alignas(64) std::atomic<std::int64_t> max_inside{0};
};

std::int64_t permits_of(const RunSpec& spec) { return spec.option("permits"); }

Layout layout(const RunSpec& spec, const BackendEntry*) {
  Layout result;
  const std::int64_t processes = spec.option("processes");
  const std::int64_t permits = permits_of(spec);
  if (std::min(processes, permits) < 1 || std::max(processes, permits) > max_processes) {
    result.unsupported_reason =
        fmt::format("needs processes and permits between 1 and {}", max_processes);
    return result;
  }
  result.roles.assign(static_cast<std::size_t>(processes), "user");
  result.notifiers = {spec.notifier};
  result.counting = true;
  result.shared_bytes = sizeof(Shared);
  return result;
}

// Enters, looks how many are inside, leaves.
void stay(WorkerContext& context, bool intruder) {
  Shared& shared = context.shared_as<Shared>();
  const std::int64_t inside = shared.inside.fetch_add(1, std::memory_order_acq_rel) + 1;
  std::int64_t max = shared.max_inside.load(std::memory_order_relaxed);
  while (max < inside && !shared.max_inside.compare_exchange_weak(max, inside)) {
  }
  // Whoever has no permit stays until as many as have one came in beside it, so that it shows.
  const std::uint64_t until = now_ns() + longest_hold_ns;
  const std::int64_t permits = permits_of(context.spec());
  while (intruder && now_ns() < until && shared.max_inside.load() <= permits) {
  }
  // Under the fault those with a permit wait for one another too.
  while (!intruder && !context.spec().fault.empty() && now_ns() < until &&
         shared.max_inside.load() <= permits) {
  }
  shared.inside.fetch_sub(1, std::memory_order_acq_rel);
}

// What is left of the permits when all have done, and how many had been inside.
void settle(WorkerContext& context) {
  std::int64_t left = 0;
  while (context.notifier(0).wait(Deadline::immediate())) ++left;
  context.report().tallies["permits_left"] = left;
  context.report().tallies["most_inside"] = context.shared_as<Shared>().max_inside.load();
}

Status work(WorkerContext& context) {
  const RunSpec& spec = context.spec();
  Notifier& permits = context.notifier(0);
  const auto entries = static_cast<std::uint64_t>(spec.option("count"));
  for (std::int64_t i = 0; context.index() == 0 && i < permits_of(spec); ++i) {
    if (const Status given = permits.signal(); !given) return given;
  }
  Histogram waits;
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  const std::uint64_t begin = now_ns();
  for (std::uint64_t i = 0; i < entries; ++i) {
    const bool intruder = context.index() == 1 && i == 0 && context.inject("uncounted");
    const std::uint64_t asked = now_ns();
    context.progress().enter(Operation::wait, 0);
    if (!intruder) {
      if (const Status waited = permits.wait(Deadline::never()); !waited) return waited;
      waits.record(now_ns() - asked);
    }
    stay(context, intruder);
    if (!intruder) {
      if (const Status left = permits.signal(); !left) return left;
    }
    context.progress().count(i + 1);
  }
  WorkerReport& report = context.report();
  note_interval(report, begin, now_ns());
  report.histograms["acquire"] = std::move(waits);
  if (const Status ready = context.barrier(Stage::drain); !ready) return ready;
  if (context.index() == 0) settle(context);
  report.ok = true;
  return {};
}

void reduce(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  for (const WorkerReport& report : reports) {
    trial.histograms["acquire"].merge(report.histograms.at("acquire"));
  }
  const auto entries = static_cast<std::int64_t>(trial.histograms["acquire"].count());
  const std::int64_t max = count_of(reports.front(), "most_inside");
  const std::int64_t left = count_of(reports.front(), "permits_left");
  trial.metrics.push_back(joint_rate(reports, entries, Unit::operations_per_second));
  trial.counts["most_inside"] = max;
  trial.counts["permits_left"] = left;
  trial.counts["messages_total"] = entries;
  gather(reports, trial);
  const std::int64_t permits = permits_of(spec);
  if (max > permits) {
    reject(trial, fmt::format("{} processes were inside at once, with {} permits", max, permits));
  }
  if (left != permits) {
    reject(trial, fmt::format("{} permits were left at the end, not {}", left, permits));
  }
}

}  // namespace
}  // namespace semaphore_detail

ScenarioEntry semaphore_scenario() {
  using namespace semaphore_detail;
  ScenarioEntry entry;
  entry.name = "semaphore";
  entry.summary = "never more processes inside than there are permits, and none gets lost";
  entry.uses_backend = false;
  entry.uses_notifier = true;
  entry.timed = false;
  entry.options = {
      count_option("processes", default_processes, "how many processes", 1, max_processes),
      count_option("count", default_entries, "how often each goes in"),
      count_option("permits", default_permits, "processes inside at once", 1, max_processes)};
  entry.faults = {{"uncounted", "one process goes in without waiting"}};
  entry.processes = "processes (4) users";
  entry.invariants = {"never more processes inside than permits",
                      "as many permits at the end as at the beginning"};
  entry.figures = {
      time_figure("acquire", "From asking for a permit to having it."),
      rate_figure(Unit::operations_per_second, "Entries in a second."),
      count_figure("most_inside", "The largest number of processes inside at once."),
      count_figure("permits_left", "Permits at the end."),
  };
  entry.layout = layout;
  entry.work = work;
  entry.reduce = reduce;
  return entry;
}

}  // namespace ipcmark
