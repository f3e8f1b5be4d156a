// Event: one process sets a flag; all the others, who wait for it, see it, and nobody before it is
// set. Each waiter has a notifier of its own.
#include <fmt/format.h>

#include "scenarios/figures.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/timing/flow_meter.hpp"
#include "scenarios/timing/joint_rate.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {

namespace event_detail {
namespace {

constexpr std::int64_t default_waiters = 4;
constexpr std::int64_t default_rounds = 20;
constexpr unsigned setter = 0;  // its notifier says that all have seen the event

struct Shared {
  alignas(64) std::atomic<std::uint64_t> set{0};  // how often
  alignas(64) std::atomic<std::uint64_t> set_ns{0};
  alignas(64) std::atomic<std::uint64_t> seen{0};  // by all together
};

std::uint64_t rounds_of(const RunSpec& spec) {
  return static_cast<std::uint64_t>(spec.option("count"));
}

Layout layout(const RunSpec& spec, const BackendEntry*) {
  Layout result;
  const std::int64_t waiters = spec.option("receivers");
  if (waiters < 1 || waiters > max_processes) {
    result.unsupported_reason = fmt::format("needs receivers between 1 and {}", max_processes);
    return result;
  }
  result.roles.assign(static_cast<std::size_t>(waiters) + 1, "waiter");
  result.roles[setter] = "setter";
  result.notifiers.assign(result.roles.size(), spec.notifier);
  result.shared_bytes = sizeof(Shared);
  return result;
}

Status run_setter(WorkerContext& context) {
  Shared& shared = context.shared_as<Shared>();
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  const std::uint64_t begin = now_ns();
  for (std::uint64_t round = 1; round <= rounds_of(context.spec()); ++round) {
    const bool early = round == 2 && context.inject("early");
    shared.set_ns.store(now_ns(), std::memory_order_release);
    if (!early) shared.set.store(round, std::memory_order_release);
    for (unsigned i = 1; i < context.workers(); ++i) {
      if (const Status signalled = context.notifier(i).signal(); !signalled) return signalled;
    }
    context.progress().enter(Operation::wait, setter);
    if (const Status all = context.notifier(setter).wait(Deadline::never()); !all) return all;
    shared.set.store(round, std::memory_order_release);
    context.progress().count(round);
  }
  note_interval(context.report(), begin, now_ns());
  context.report().ok = true;
  return {};
}

Status run_waiter(WorkerContext& context) {
  Shared& shared = context.shared_as<Shared>();
  FlowMeter meter;
  std::int64_t early = 0;
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  for (std::uint64_t round = 1; round <= rounds_of(context.spec()); ++round) {
    context.progress().enter(Operation::wait, context.index());
    const Status waited = context.notifier(context.index()).wait(Deadline::never());
    if (!waited) return waited;
    early += shared.set.load(std::memory_order_acquire) < round ? 1 : 0;
    meter.arrived(shared.set_ns.load(std::memory_order_acquire));
    context.progress().count(round);
    const std::uint64_t seen = shared.seen.fetch_add(1, std::memory_order_acq_rel) + 1;
    if (seen == round * (context.workers() - 1)) {
      if (const Status reported = context.notifier(setter).signal(); !reported) return reported;
    }
  }
  meter.report(context.report(), "wake_up");
  context.report().tallies["early"] = early;
  context.report().ok = true;
  return {};
}

Status work(WorkerContext& context) {
  return context.index() == setter ? run_setter(context) : run_waiter(context);
}

void reduce(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  std::int64_t early = 0;
  std::int64_t seen = 0;
  for (std::size_t i = 1; i < reports.size(); ++i) {
    trial.histograms["wake_up"].merge(reports[i].histograms.at("wake_up"));
    early += count_of(reports[i], "early");
    seen += count_of(reports[i], "received");
  }
  trial.metrics.push_back(
      joint_rate(reports, static_cast<std::int64_t>(rounds_of(spec)), Unit::operations_per_second));
  trial.counts["seen"] = seen;
  trial.counts["messages_total"] = seen;
  gather(reports, trial);
  const auto expected = static_cast<std::int64_t>(rounds_of(spec) * (reports.size() - 1));
  if (early != 0) {
    reject(trial, fmt::format("the event was seen {} times before it was set", early));
  }
  if (seen != expected) {
    reject(trial, fmt::format("the event was seen {} times, not {}", seen, expected));
  }
}

}  // namespace
}  // namespace event_detail

ScenarioEntry event_scenario() {
  using namespace event_detail;
  ScenarioEntry entry;
  entry.name = "event";
  entry.summary = "one process sets an event, all the others see it, and nobody too early";
  entry.uses_backend = false;
  entry.uses_notifier = true;
  entry.timed = false;
  entry.options = {
      count_option("receivers", default_waiters, "how many wait for it", 1, max_processes),
      count_option("count", default_rounds, "how often it is set")};
  entry.faults = {{"early", "the waiters are woken before the event is set"}};
  entry.processes = "1 setter, receivers (4) waiters";
  entry.invariants = {"every waiter sees every event", "nobody sees it before it is set"};
  entry.figures = {
      time_figure("wake_up", "From setting the event to each waiter's going on."),
      rate_figure(Unit::operations_per_second, "How often it is set and seen by all, in a second."),
      count_figure("seen", "How often it was seen, by all waiters together."),
  };
  entry.layout = layout;
  entry.work = work;
  entry.reduce = reduce;
  return entry;
}

}  // namespace ipcmark
