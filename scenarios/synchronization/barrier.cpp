// Barrier: nobody passes a round before all have arrived. The last to arrive signals everybody
// else, each through a notifier of its own, so that one that does not count will do.
#include <fmt/format.h>

#include <array>

#include "scenarios/figures.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/timing/flow_meter.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {

namespace barrier_detail {
namespace {

constexpr std::int64_t default_processes = 4;
constexpr std::int64_t default_rounds = 100;
constexpr timespec late{0, 20'000'000};

struct Shared {
  alignas(64) std::atomic<std::uint64_t> arrivals{0};
  alignas(64) std::array<std::atomic<std::uint64_t>, max_processes> round{};  // reached by each
  alignas(64) std::atomic<std::uint64_t> opened_ns{0};
};

std::uint64_t rounds_of(const RunSpec& spec) {
  return static_cast<std::uint64_t>(spec.option("count"));
}

Layout layout(const RunSpec& spec, const BackendEntry*) {
  Layout result;
  const std::int64_t processes = spec.option("processes");
  if (processes < 2 || processes > max_processes) {
    result.unsupported_reason = fmt::format("needs processes between 2 and {}", max_processes);
    return result;
  }
  result.roles.assign(static_cast<std::size_t>(processes), "party");
  result.notifiers.assign(static_cast<std::size_t>(processes), spec.notifier);
  result.shared_bytes = sizeof(Shared);
  return result;
}

Status pass(WorkerContext& context, std::uint64_t round, FlowMeter& meter) {
  Shared& shared = context.shared_as<Shared>();
  const unsigned me = context.index();
  if (round == 2 && me == 0 && context.spec().fault == "early") nanosleep(&late, nullptr);
  shared.round[me].store(round, std::memory_order_release);
  if (shared.arrivals.fetch_add(1, std::memory_order_acq_rel) + 1 == round * context.workers()) {
    shared.opened_ns.store(now_ns(), std::memory_order_release);
    for (unsigned i = 0; i < context.workers(); ++i) {
      if (i == me) continue;
      if (const Status signalled = context.notifier(i).signal(); !signalled) return signalled;
    }
    return {};
  }
  if (round == 2 && me == 1 && context.inject("early")) return {};
  context.progress().enter(Operation::wait, me);
  if (const Status waited = context.notifier(me).wait(Deadline::never()); !waited) return waited;
  meter.arrived(shared.opened_ns.load(std::memory_order_acquire));
  return {};
}

Status work(WorkerContext& context) {
  Shared& shared = context.shared_as<Shared>();
  WorkerReport& report = context.report();
  FlowMeter meter;
  const std::uint64_t rounds = rounds_of(context.spec());
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  const std::uint64_t begin = now_ns();
  for (std::uint64_t round = 1; round <= rounds; ++round) {
    if (const Status passed = pass(context, round, meter); !passed) return passed;
    for (unsigned i = 0; i < context.workers(); ++i) {
      if (shared.round[i].load(std::memory_order_acquire) >= round) continue;
      // The rounds are out of step from here on.
      report.ok = false;
      report.reason = fmt::format("passed the barrier in round {} before all had arrived", round);
      return {};
    }
    context.progress().count(round);
  }
  const double seconds = static_cast<double>(now_ns() - begin) / 1e9;
  meter.report(report, "wake_up");
  report.metrics = {
      {"rate", static_cast<double>(rounds) / seconds, Unit::operations_per_second, rounds}};
  report.ok = true;
  return {};
}

void reduce(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  const auto& metrics = reports.front().metrics;
  trial.metrics.insert(trial.metrics.end(), metrics.begin(), metrics.end());
  for (const WorkerReport& report : reports) {
    trial.histograms["wake_up"].merge(report.histograms.at("wake_up"));
  }
  trial.counts["rounds"] = static_cast<std::int64_t>(rounds_of(spec));
  trial.counts["messages_total"] = trial.counts["rounds"] * std::ssize(reports);
  gather(reports, trial);
}

}  // namespace
}  // namespace barrier_detail

ScenarioEntry barrier_scenario() {
  using namespace barrier_detail;
  ScenarioEntry entry;
  entry.name = "barrier";
  entry.summary = "processes meet in rounds; nobody passes before all have arrived";
  entry.uses_backend = false;
  entry.uses_notifier = true;
  entry.timed = false;
  entry.options = {count_option("processes", default_processes, "how many meet", 2, max_processes),
                   count_option("count", default_rounds, "rounds")};
  entry.faults = {
      {"early", "one process passes a round without waiting, another comes late to it"}};
  entry.processes = "processes (4) parties";
  entry.invariants = {"nobody passes a round before every process has reached it"};
  entry.figures = {
      rate_figure(Unit::operations_per_second, "Rounds in a second."),
      time_figure("wake_up", "From the last one's arrival to each other's going on."),
      count_figure("rounds", "Rounds that all went through."),
  };
  entry.layout = layout;
  entry.work = work;
  entry.reduce = reduce;
  return entry;
}

}  // namespace ipcmark
