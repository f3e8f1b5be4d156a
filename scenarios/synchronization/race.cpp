// Race: processes add 1 to a shared cell, each by a load and a store. Under a lock the sum is
// exact; under the control `none` updates must get lost, and the harness must see it.
#include <fmt/format.h>
#include <sched.h>

#include <chrono>
#include <thread>
#include <utility>

#include "scenarios/figures.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/timing/joint_rate.hpp"
#include "scenarios/timing/think_time.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {

namespace race_detail {
namespace {

constexpr std::int64_t default_processes = 2;
constexpr std::int64_t default_increments = 1000;

struct Shared {
  alignas(64) std::atomic<std::uint64_t> cell{0};
  alignas(64) std::atomic<std::uint32_t> there{0};
};

std::int64_t processes_of(const RunSpec& spec) { return spec.option("processes"); }
std::int64_t increments_of(const RunSpec& spec) { return spec.option("increments"); }

Layout layout(const RunSpec& spec, const BackendEntry*) {
  Layout result;
  if (processes_of(spec) < 2 || processes_of(spec) > max_processes) {
    result.unsupported_reason = fmt::format("needs processes between 2 and {}", max_processes);
    return result;
  }
  result.roles.assign(static_cast<std::size_t>(processes_of(spec)), "incrementer");
  result.locks = {spec.lock};
  result.shared_bytes = sizeof(Shared);
  return result;
}

// The window between load and store, in which another's update gets lost. Without a lock it is now
// and then as long as a time slice: on a busy machine one process would otherwise be through with
// all its updates before another that waits for a CPU does its first.
void stay_in_window(bool locked, std::int64_t update) {
  ::sched_yield();
  if (!locked && update % 100 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

Status work(WorkerContext& context) {
  Shared& shared = context.shared_as<Shared>();
  Lock& lock = context.lock(0);
  const bool unlocked = context.inject("unlocked");
  const bool locked = !unlocked && context.spec().lock != "none";
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  // All are at work from the first increment on, or there might be no race to see.
  context.progress().enter(Operation::shared_word, 0);
  shared.there.fetch_add(1);
  while (shared.there.load() < context.workers() &&
         context.open_context().peer_died->load(std::memory_order_relaxed) == 0) {
    ::sched_yield();
  }
  const std::uint64_t begin = now_ns();
  const std::int64_t increments = increments_of(context.spec());
  const std::int64_t think_ns = think_time_of(context.spec());
  Histogram updates;
  for (std::int64_t i = 0; i < increments; ++i) {
    context.progress().enter(Operation::lock, 0);
    const std::uint64_t asked = now_ns();
    if (!unlocked) {
      if (const Status locked = lock.lock(Deadline::never()); !locked) return locked;
    }
    const std::uint64_t value = shared.cell.load(std::memory_order_relaxed);
    stay_in_window(locked, i);
    think(context, think_ns);
    shared.cell.store(value + 1, std::memory_order_relaxed);
    if (!unlocked) {
      if (const Status freed = lock.unlock(); !freed) return freed;
    }
    updates.record(now_ns() - asked);
    context.progress().count(static_cast<std::uint64_t>(i) + 1);
  }
  const std::uint64_t end = now_ns();
  if (const Status ready = context.barrier(Stage::drain); !ready) return ready;
  WorkerReport& report = context.report();
  report.tallies["final"] = static_cast<std::int64_t>(shared.cell.load());
  report.histograms["update"] = std::move(updates);
  note_interval(report, begin, end);
  report.ok = true;
  return {};
}

std::string contradiction(const RunSpec& spec, const Trial& trial) {
  return wrong_count(trial, "counter_expected", processes_of(spec) * increments_of(spec));
}

void reduce(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  const std::int64_t expected = processes_of(spec) * increments_of(spec);
  const std::int64_t final = count_of(reports.front(), "final");
  for (const WorkerReport& report : reports) {
    trial.histograms["update"].merge(report.histograms.at("update"));
  }
  trial.metrics.push_back(joint_rate(reports, expected, Unit::operations_per_second));
  trial.counts["counter_final"] = final;
  trial.counts["counter_expected"] = expected;
  trial.counts["updates_lost"] = expected - final;
  trial.counts["messages_total"] = expected;
  gather(reports, trial);
  if (spec.lock != "none") {
    if (final != expected) reject(trial, fmt::format("the sum is {}, not {}", final, expected));
    return;
  }
  if (final == expected) {
    return reject(trial,
                  fmt::format("none of {} unlocked updates was lost: no race to catch", expected));
  }
  trial.reason = fmt::format("caught: {} of {} updates lost", expected - final, expected);
}

}  // namespace
}  // namespace race_detail

ScenarioEntry race_scenario() {
  using namespace race_detail;
  ScenarioEntry entry;
  entry.name = "race";
  entry.summary = "unlocked updates get lost and are caught; locked ones are exact";
  entry.uses_backend = false;
  entry.uses_lock = true;
  entry.timed = false;
  entry.options = {
      count_option("processes", default_processes, "how many processes add", 2, max_processes),
      count_option("increments", default_increments, "how often each adds 1"),
      time_option("think_time_ns", 0, "pause between the load and the store")};
  entry.faults = {{"unlocked", "the lock is not taken"}};
  entry.processes = "processes (2) incrementers";
  entry.invariants = {"under a lock the sum is exactly processes x increments",
                      "under the control `none` updates are lost, and that is seen"};
  entry.figures = {
      time_figure("update", "From asking for the lock to having let go of it."),
      rate_figure(Unit::operations_per_second,
                  "Updates in a second, with a yield inside each; without a lock also a pause of 1 "
                  "ms inside every hundredth."),
      count_figure("counter_final", "What the sum came to.", Proof::reached),
      count_figure("counter_expected", "What it should have come to.", Proof::expected),
      count_figure("updates_lost", "The difference."),
  };
  entry.layout = layout;
  entry.work = work;
  entry.reduce = reduce;
  entry.contradiction = contradiction;
  return entry;
}

}  // namespace ipcmark
