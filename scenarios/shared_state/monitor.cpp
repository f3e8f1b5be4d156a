// Monitor: many sensors make values, one monitor shows the latest of each. Over a notifier each
// sensor has a cell in shared memory, guarded by a sequence lock, and the monitor is woken to look
// at all of them; values that were replaced before it looked are never seen. Over a backend values
// are messages: the monitor takes all that have come, then shows the newest of each sensor.
#include <fmt/format.h>

#include <array>
#include <utility>
#include <vector>

#include "scenarios/figures.hpp"
#include "scenarios/shared_state/latest_view.hpp"
#include "scenarios/shared_state/sequence_cell.hpp"
#include "scenarios/timing/flow_meter.hpp"
#include "scenarios/timing/think_time.hpp"
#include "scenarios/traffic/fan_in_channels.hpp"
#include "scenarios/traffic/record.hpp"
#include "scenarios/traffic/record_receiver.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {

namespace monitor_detail {
namespace {

constexpr std::int64_t default_sensors = 4;
constexpr std::int64_t default_count = 100;
constexpr std::int64_t default_bound_ns = 2'000'000'000;
constexpr std::uint64_t fault_number = 3;
constexpr std::uint64_t max_at_once = 64;  // messages of one channel between two looks
constexpr unsigned monitor_index = 0;

struct Shared {
  alignas(64) std::atomic<std::uint32_t> finished{0};  // sensors that are through
  alignas(64) std::atomic<std::uint64_t> looks{0};
  std::array<SequenceCell<Sample>, max_processes> cells;
  std::array<SentCount, max_processes> sent;  // over a backend, by each at its end
};

std::uint32_t sensors_of(const RunSpec& spec) {
  return static_cast<std::uint32_t>(spec.option("senders"));
}
std::uint64_t values_of(const RunSpec& spec) {
  return static_cast<std::uint64_t>(spec.option("count"));
}
std::uint64_t bound_of(const RunSpec& spec) {
  return static_cast<std::uint64_t>(spec.option("stale_ns"));
}

Layout layout(const RunSpec& spec, const BackendEntry* backend) {
  Layout result;
  const std::int64_t sensors = spec.option("senders");
  if (sensors < 1 || sensors > max_processes) {
    result.unsupported_reason = fmt::format("needs senders between 1 and {}", max_processes);
    return result;
  }
  const std::vector<unsigned> producers = assign_roles(result, "monitor", "sensor", sensors);
  result.shared_bytes = sizeof(Shared);
  if (backend == nullptr) {
    result.notifiers = {spec.notifier};
    return result;
  }
  result.unsupported_reason = record_unsupported<Sample>(spec);
  add_fan_in(result, *backend, spec, producers, monitor_index);
  return result;
}

// ---- a sensor

Sample sample_of(std::uint32_t sensor, std::uint64_t number) {
  return {number, sample_value(sensor, number), now_ns()};
}

// Has `put` publish every value, or what a fault of the first sensor makes of them. `put` is told
// when the monitor must have seen it before the next one.
template <class Put>
Status make_values(WorkerContext& context, Put put) {
  const RunSpec& spec = context.spec();
  const std::uint32_t me = context.index() - 1;
  const std::uint64_t count = values_of(spec);
  const std::int64_t think_ns = think_time_of(spec);
  const auto inject = [&](const char* fault) { return me == 0 && context.inject(fault); };
  for (std::uint64_t number = 1; number <= count; ++number) {
    think(context, think_ns);
    Sample sample = sample_of(me, number);
    const bool chosen = number == fault_number;
    if (chosen && inject("torn")) sample.value = sample_value(me, number - 1);
    // The last one: what is replaced before it is shown cannot be shown too late.
    if (number == count && inject("stale")) pause_for(static_cast<std::int64_t>(bound_of(spec)));
    if (number == count && inject("lost")) break;
    const bool to_be_seen = chosen && me == 0 && !spec.fault.empty();
    if (const Status done = put(sample, to_be_seen); !done) return done;
    if (chosen && inject("backwards")) {
      if (const Status done = put(sample_of(me, number - 1), true); !done) return done;
    }
    context.progress().count(number);
  }
  return {};
}

Status put_in_cells(WorkerContext& context) {
  Shared& shared = context.shared_as<Shared>();
  SequenceCell<Sample>& cell = shared.cells[context.index() - 1];
  Notifier& notifier = context.notifier(0);
  const auto signal = [&]() -> Status {
    const Status signalled = notifier.signal();
    // With as many signals pending as it holds, the monitor will look again anyway.
    if (!signalled && signalled.error().code != Errc::limit) return signalled;
    return {};
  };
  const Status made = make_values(context, [&](const Sample& sample, bool to_be_seen) -> Status {
    cell.store(sample);
    if (const Status signalled = signal(); !signalled || !to_be_seen) return signalled;
    // A look that began after now has ended when two more have.
    context.progress().enter(Operation::shared_word, 0);
    const std::uint64_t seen = shared.looks.load(std::memory_order_acquire);
    while (shared.looks.load(std::memory_order_acquire) < seen + 2 &&
           context.open_context().peer_died->load(std::memory_order_relaxed) == 0) {
      if (const Status signalled = signal(); !signalled) return signalled;
      pause_for(100'000);
    }
    return {};
  });
  shared.finished.fetch_add(1, std::memory_order_acq_rel);
  return made ? signal() : made;
}

Status send_values(WorkerContext& context) {
  const Route route = fan_in_route(context, 0, context.index() - 1);
  RecordWriter<Sample> writer(context.spec(), route.number, route.channel);
  Sender& sender = context.sender(route.channel);
  const auto channel = static_cast<std::uint32_t>(route.channel);
  const Status made = make_values(context, [&](const Sample& sample, bool) {
    context.progress().enter(Operation::send, channel);
    return sender.send(writer.next(sample), Deadline::never());
  });
  if (!made) return made;
  context.shared_as<Shared>().sent[context.index() - 1].publish(writer.made());
  context.progress().enter(Operation::close, channel);
  return sender.close(Deadline::never());
}

// ---- the monitor

// The view, and how old each value is when it is shown.
class Screen {
 public:
  explicit Screen(WorkerContext& context)
      : context_(context),
        sensors_(sensors_of(context.spec())),
        view_(sensors_),
        fresh_(sensors_) {}

  std::uint32_t sensors() const { return sensors_; }
  // A value was found; of those between two looks the newest is shown.
  void found(std::uint32_t sensor, const Sample& sample) {
    if (view_.enter(sensor, sample)) fresh_[sensor] = sample;
  }
  void look() {
    for (Sample& sample : fresh_) {
      if (sample.number != 0) meter_.arrived(std::exchange(sample, {}).made_ns);
    }
    context_.shared_as<Shared>().looks.fetch_add(1, std::memory_order_acq_rel);
    context_.progress().count(++looks_);
  }

  void report() {
    WorkerReport& report = context_.report();
    meter_.report(report, "staleness");
    const std::uint64_t count = values_of(context_.spec());
    std::int64_t behind = 0;
    for (std::uint32_t i = 0; i < sensors_; ++i) behind += view_.latest(i) == count ? 0 : 1;
    report.tallies["behind"] = behind;
    report.tallies["looks"] = static_cast<std::int64_t>(looks_);
    report.tallies["torn"] = static_cast<std::int64_t>(view_.torn());
    report.tallies["backwards"] = static_cast<std::int64_t>(view_.backwards());
    report.ok = true;
  }

 private:
  WorkerContext& context_;
  std::uint32_t sensors_;
  LatestView view_;
  std::vector<Sample> fresh_;  // found since the last look; number 0: nothing
  FlowMeter meter_;
  std::uint64_t looks_ = 0;
};

Status watch_cells(WorkerContext& context, Screen& screen) {
  Shared& shared = context.shared_as<Shared>();
  for (bool over = false; !over;) {
    context.progress().enter(Operation::wait, 0);
    const Status woken = context.notifier(0).wait(Deadline::never());
    if (!woken) return woken;
    over = shared.finished.load(std::memory_order_acquire) == screen.sensors();
    for (std::uint32_t i = 0; i < screen.sensors(); ++i) {
      // What is being replaced just now is signalled afterwards.
      if (const auto sample = shared.cells[i].load()) screen.found(i, *sample);
    }
    screen.look();
  }
  return {};
}

// Takes what has come from many channels and shows the newest.
class Intake {
 public:
  Intake(WorkerContext& context, Screen& screen)
      : context_(context), screen_(screen), fan_in_(context, screen.sensors()) {}

  Status run() {
    for (;;) {
      const auto channel = fan_in_.wait(Deadline::never());
      if (!channel && channel.error().code == Errc::closed) break;
      if (!channel) return tl::make_unexpected(channel.error());
      if (const Status taken = take(*channel); !taken) return taken;
      screen_.look();
    }
    std::vector<std::uint64_t> sent(screen_.sensors());
    for (std::size_t i = 0; i < sent.size(); ++i)
      sent[i] = context_.shared_as<Shared>().sent[i].published();
    fan_in_.settle(sent);
    return {};
  }

 private:
  // All that has come on that channel, up to a limit, so that the others are looked at too.
  Status take(std::size_t channel) {
    context_.progress().enter(Operation::receive, static_cast<std::uint32_t>(channel));
    for (std::uint64_t i = 0; i < max_at_once; ++i) {
      const auto sensor = fan_in_.take(channel, Deadline::immediate());
      if (!sensor) {
        const Errc code = sensor.error().code;
        if (code == Errc::would_block || code == Errc::closed) return {};
        return tl::make_unexpected(sensor.error());
      }
      screen_.found(static_cast<std::uint32_t>(*sensor), fan_in_.record());
    }
    return {};
  }

  WorkerContext& context_;
  Screen& screen_;
  RecordReceiver<Sample> fan_in_;
};

Status watch(WorkerContext& context) {
  Screen screen(context);
  Status done;
  if (context.spec().notifier.empty()) {
    Intake intake(context, screen);
    done = context.barrier(Stage::run);
    if (done) done = intake.run();
  } else {
    done = context.barrier(Stage::run);
    if (done) done = watch_cells(context, screen);
  }
  if (done) screen.report();
  return done;
}

Status work(WorkerContext& context) {
  if (context.index() == monitor_index) return watch(context);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  const Status made =
      context.spec().notifier.empty() ? send_values(context) : put_in_cells(context);
  context.report().ok = made.has_value();
  return made;
}

// ---- the verdict

void reduce(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  const WorkerReport& monitor = reports[monitor_index];
  const auto made = static_cast<std::int64_t>(sensors_of(spec) * values_of(spec));
  const std::int64_t shown = count_of(monitor, "received");
  trial.metrics.insert(trial.metrics.end(), monitor.metrics.begin(), monitor.metrics.end());
  trial.histograms = monitor.histograms;
  const std::uint64_t oldest = trial.histograms.at("staleness").max();
  trial.counts["values_made"] = made;
  trial.counts["values_shown"] = shown;
  trial.counts["values_replaced_unseen"] = made - shown;
  trial.counts["looks"] = count_of(monitor, "looks");
  trial.counts["worst_staleness_ns"] = static_cast<std::int64_t>(oldest);
  trial.counts["messages_total"] = made;
  const auto wrong = [&](const char* name, const char* what) {
    if (const std::int64_t count = count_of(monitor, name); count != 0) {
      reject(trial, fmt::format("{} {}", count, what));
    }
  };
  wrong("torn", "values were torn");
  wrong("backwards", "values were older than what was shown before");
  wrong("behind", "sensors do not end with their latest value");
  if (oldest > bound_of(spec)) {
    reject(trial, fmt::format("a value was {} ms old when it was shown, more than {} ms",
                              oldest / 1'000'000, bound_of(spec) / 1'000'000));
  }
  gather(reports, trial);
}

}  // namespace
}  // namespace monitor_detail

ScenarioEntry monitor_scenario() {
  using namespace monitor_detail;
  ScenarioEntry entry;
  entry.name = "monitor";
  entry.summary = "many sensors, one monitor that shows the latest value of each";
  entry.uses_notifier = true;
  entry.timed = false;
  entry.options = {
      count_option("senders", default_sensors, "how many sensors", 1, max_processes),
      count_option("count", default_count, "values of each sensor"),
      time_option("think_time_ns", 0, "pause of a sensor before each value"),
      time_option("stale_ns", default_bound_ns,
                  "oldest value to show\nHow old a value may be when it is first shown.")};
  entry.faults = {{"lost", "the last value of a sensor is never published"},
                  {"torn", "a value is published with the number of the next one"},
                  {"backwards", "an older value is published after a newer one"},
                  {"stale", "a value is held back for as long as the bound"}};
  entry.processes = "senders (4) sensors, 1 monitor";
  entry.invariants = {"every sensor ends with the latest value it made", "no value is torn",
                      "no sensor goes back to an older value",
                      "no value is older than the bound (2 s) when it is first shown",
                      "over a backend: every message arrives once, in order and intact"};
  entry.figures = {
      rate_figure(Unit::messages_per_second, "Values shown in a second."),
      time_figure("staleness",
                  "From the making of a value to its being shown; of values replaced before that "
                  "there is none."),
      count_figure("values_made", "Values that the sensors made."),
      count_figure("values_shown", "Of them, those that were shown."),
      count_figure("values_replaced_unseen", "Of them, those that a newer one replaced before."),
      count_figure("looks", "How often the monitor looked."),
      count_figure("worst_staleness_ns", "The age of the oldest value that was shown.", Proof::none,
                   Unit::nanoseconds),
  };
  entry.layout = layout;
  entry.work = work;
  entry.reduce = reduce;
  return entry;
}

}  // namespace ipcmark
