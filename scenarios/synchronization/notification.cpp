// Notify: one flag, signalled and seen, to and fro between two processes.
#include <fmt/format.h>

#include "scenarios/figures.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/timing/flow_meter.hpp"
#include "scenarios/timing/joint_rate.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {

namespace notification_detail {
namespace {

constexpr std::int64_t default_rounds = 1000;
constexpr std::uint64_t withheld_timeout_ns = 300'000'000;  // where a signal is withheld on purpose

struct Shared {
  alignas(64) std::atomic<std::uint64_t> signalled_ns{0};
};

std::uint64_t rounds_of(const RunSpec& spec) {
  return static_cast<std::uint64_t>(spec.option("count"));
}

Layout layout(const RunSpec& spec, const BackendEntry*) {
  Layout result;
  result.roles = {"caller", "answerer"};
  result.notifiers = {spec.notifier, spec.notifier};
  result.shared_bytes = sizeof(Shared);
  return result;
}

Status work(WorkerContext& context) {
  const unsigned me = context.index();
  const bool withheld = context.spec().fault == "skip";
  Notifier& mine = context.notifier(me);
  Notifier& other = context.notifier(1 - me);
  auto& stamp = context.shared_as<Shared>().signalled_ns;
  FlowMeter meter;
  const auto signal = [&](std::uint64_t round) -> Status {
    if (me == 1 && round == 2 && context.inject("skip")) return {};
    stamp.store(now_ns(), std::memory_order_release);
    return other.signal();
  };
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  const std::uint64_t begin = now_ns();
  for (std::uint64_t round = 1; round <= rounds_of(context.spec()); ++round) {
    if (me == 0) {
      if (const Status called = signal(round); !called) return called;
    }
    context.progress().enter(Operation::wait, me);
    const Status seen =
        mine.wait(withheld ? Deadline::after(withheld_timeout_ns) : Deadline::never());
    if (!seen && seen.error().code == Errc::timeout) break;
    if (!seen) return seen;
    meter.arrived(stamp.load(std::memory_order_acquire));
    context.progress().count(round);
    if (me == 1) {
      if (const Status answered = signal(round); !answered) return answered;
    }
  }
  note_interval(context.report(), begin, now_ns());
  meter.report(context.report(), "notify");
  context.report().ok = true;
  return {};
}

void reduce(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  std::int64_t seen = 0;
  for (const WorkerReport& report : reports) {
    trial.histograms["notify"].merge(report.histograms.at("notify"));
    seen += count_of(report, "received");
  }
  trial.metrics.push_back(joint_rate(reports, seen, Unit::operations_per_second));
  trial.counts["seen"] = seen;
  trial.counts["messages_total"] = seen;
  gather(reports, trial);
  const auto expected = static_cast<std::int64_t>(2 * rounds_of(spec));
  if (seen != expected) reject(trial, fmt::format("{} signals were seen, not {}", seen, expected));
}

}  // namespace
}  // namespace notification_detail

ScenarioEntry notify_scenario() {
  using namespace notification_detail;
  ScenarioEntry entry;
  entry.name = "notify";
  entry.summary = "a flag signalled and seen, to and fro: what waking a process takes";
  entry.uses_backend = false;
  entry.uses_notifier = true;
  entry.timed = false;
  entry.options = {count_option("count", default_rounds, "signals each way")};
  entry.faults = {{"skip", "one signal is withheld"}};
  entry.processes = "1 caller, 1 answerer";
  entry.invariants = {"every signal is seen, by the other process, once"};
  entry.figures = {
      rate_figure(Unit::operations_per_second, "Signals in a second, both ways."),
      time_figure("notify", "From just before a signal to its waiter's going on."),
      count_figure("seen", "Signals that were seen."),
  };
  entry.answer =
      Answer{.exchange = Exchange::signals, .figure = "notify", .quantile = 0.5, .sized = false};
  entry.layout = layout;
  entry.work = work;
  entry.reduce = reduce;
  return entry;
}

}  // namespace ipcmark
