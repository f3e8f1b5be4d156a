// Sensor: one writer makes readings, each reader takes every one of them and keeps the average of
// the last five. Over a notifier the readings lie in a memory-mapped regular file
// (sensor_file.hpp), and the notifier wakes who has read all there is. Over a backend each reading
// is a message, to all at once where the mechanism broadcasts, else over a channel to each.
#include <fmt/format.h>

#include <bit>
#include <cmath>

#include "scenarios/figures.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/shared_state/sensor_file.hpp"
#include "scenarios/shared_state/sensor_readings.hpp"
#include "scenarios/timing/flow_meter.hpp"
#include "scenarios/timing/joint_rate.hpp"
#include "scenarios/timing/think_time.hpp"
#include "scenarios/traffic/channel_fit.hpp"
#include "scenarios/traffic/fan_in_channels.hpp"
#include "scenarios/traffic/record.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {

namespace sensor_detail {
namespace {

constexpr std::int64_t default_readers = 1;
constexpr std::int64_t default_count = 20;
constexpr std::uint64_t max_in_file = 4'000'000;
constexpr std::uint64_t fault_reading = 3;
constexpr unsigned writer_index = 0;

// Over a backend the shared memory is this: how many messages each reader was sent.
SentCount& messages_of(WorkerContext& context) { return context.shared_as<SentCount>(); }

std::int64_t readers_of(const RunSpec& spec) { return spec.option("receivers"); }
std::uint64_t readings_of(const RunSpec& spec) {
  return static_cast<std::uint64_t>(spec.option("count"));
}

// One for the end marker, one that only the fault of a duplicate fills.
std::uint64_t slots_of(const RunSpec& spec) { return readings_of(spec) + 2; }

std::span<ReadingSlot> slots_in(WorkerContext& context) {
  return {reinterpret_cast<ReadingSlot*>(context.shared().data()), slots_of(context.spec())};
}

void file_layout(Layout& result, const RunSpec& spec) {
  if (readings_of(spec) > max_in_file) {
    result.unsupported_reason = fmt::format("needs a count of at most {} in the file", max_in_file);
    return;
  }
  result.notifiers.assign(result.roles.size() - 1, spec.notifier);
  result.shared_bytes = sizeof(ReadingSlot) * slots_of(spec);
  result.shared_is_file = true;
}

Layout layout(const RunSpec& spec, const BackendEntry* backend) {
  Layout result;
  const std::int64_t readers = readers_of(spec);
  if (readers < 1 || readers > max_processes) {
    result.unsupported_reason = fmt::format("needs receivers between 1 and {}", max_processes);
    return result;
  }
  const std::vector<unsigned> all = assign_roles(result, "writer", "reader", readers);
  if (backend == nullptr) {
    file_layout(result, spec);
    return result;
  }
  result.shared_bytes = sizeof(SentCount);
  result.unsupported_reason = record_unsupported<Reading>(spec);
  const ChannelSpec shared = channel_of(spec, 1, static_cast<std::uint32_t>(readers));
  const Capabilities can =
      backend->capabilities == nullptr ? Capabilities{} : backend->capabilities(shared);
  if (can.broadcast && can.unsupported_reason.empty()) {
    result.channels = {{shared, {writer_index}, all}};
  } else {
    add_fan_out(result, spec, writer_index, all);
  }
  return result;
}

// ---- the writer

// Half of one reading and half of the next.
float torn_value(std::uint64_t number) {
  constexpr std::uint32_t half = 0xFFFF;
  return std::bit_cast<float>((std::bit_cast<std::uint32_t>(reading_value(number)) & ~half) |
                              (std::bit_cast<std::uint32_t>(reading_value(number + 1)) & half));
}

// Has `put` publish every reading and the end marker, or what a fault makes of them.
template <class Put>
Status make_readings(WorkerContext& context, Put put) {
  const RunSpec& spec = context.spec();
  const std::uint64_t count = readings_of(spec);
  const std::int64_t think_ns = think_time_of(spec);
  const auto put_reading = [&](std::uint64_t number) {
    return put(Reading{static_cast<std::uint32_t>(number), reading_value(number), now_ns()});
  };
  for (std::uint64_t i = 0; i < count; ++i) {
    think(context, think_ns);
    const bool chosen = i == fault_reading;
    if (chosen && context.inject("early_end")) break;
    if (chosen && context.inject("lost")) continue;
    Status done = chosen && context.inject("torn")
                      ? put(Reading{static_cast<std::uint32_t>(i), torn_value(i), now_ns()})
                      : put_reading(i);
    if (done && chosen && context.inject("duplicated")) done = put_reading(i);
    if (done && chosen && context.inject("backwards")) done = put_reading(i - 1);
    if (!done) return done;
  }
  return put(Reading{static_cast<std::uint32_t>(count), end_of_readings, now_ns()});
}

Status write_file(WorkerContext& context) {
  auto slot = slots_in(context).begin();
  std::uint64_t made = 0;
  return make_readings(context, [&](const Reading& reading) -> Status {
    slot->publish(reading);
    ++slot;
    for (unsigned reader = 0; reader + 1 < context.workers(); ++reader) {
      const Status signalled = context.notifier(reader).signal();
      // With as many signals pending as it holds, the reader will not sleep.
      if (!signalled && signalled.error().code != Errc::limit) return signalled;
    }
    context.progress().count(++made);
    return {};
  });
}

Status send_readings(WorkerContext& context) {
  std::size_t channels = 0;
  while (channels + 1 < context.workers() && context.sends(channels)) ++channels;
  std::vector<RecordWriter<Reading>> writers;
  writers.reserve(channels);
  for (std::size_t i = 0; i < channels; ++i) writers.emplace_back(context.spec(), 0, i);
  const Status made = make_readings(context, [&](const Reading& reading) -> Status {
    for (std::size_t channel = 0; channel < channels; ++channel) {
      context.progress().enter(Operation::send, static_cast<std::uint32_t>(channel));
      const auto message = writers[channel].next(reading);
      const Status sent = context.sender(channel).send(message, Deadline::never());
      if (!sent) return sent;
    }
    context.progress().count(writers.front().made());
    return {};
  });
  if (!made) return made;
  messages_of(context).publish(writers.front().made());
  for (std::size_t channel = 0; channel < channels; ++channel) {
    context.progress().enter(Operation::close, static_cast<std::uint32_t>(channel));
    const Status closed = context.sender(channel).close(Deadline::never());
    if (!closed) return closed;
  }
  return {};
}

// ---- a reader

// Enters a reading or the end marker; true: it was the marker.
bool enter(ReadingTracker& tracker, FlowMeter& meter, const Reading& reading) {
  if (reading.value == end_of_readings) {
    tracker.end();
    return true;
  }
  tracker.enter(reading.number, reading.value);
  meter.arrived(reading.made_ns);
  return false;
}

Status read_file(WorkerContext& context, ReadingTracker& tracker, FlowMeter& meter) {
  SlotReader slots(slots_in(context));
  const unsigned me = context.index() - 1;
  for (;;) {
    const auto reading = slots.next();
    if (!reading) return tl::make_unexpected(reading.error());
    if (!*reading) {
      context.progress().enter(Operation::wait, me);
      if (const Status woken = context.notifier(me).wait(Deadline::never()); !woken) return woken;
      continue;
    }
    if (enter(tracker, meter, **reading)) return {};
    context.progress().count(tracker.readings());
  }
}

Status receive_readings(WorkerContext& context, ReadingTracker& tracker, FlowMeter& meter) {
  const std::size_t own = context.receives(0) ? 0 : context.index() - 1;
  RecordReader<Reading> reader(context, 1, own);
  for (;;) {
    context.progress().enter(Operation::receive, static_cast<std::uint32_t>(own));
    const Status got = reader.receive(context.receiver(own), Deadline::never());
    if (!got && got.error().code == Errc::closed) break;
    if (!got) return got;
    enter(tracker, meter, reader.record);
    context.progress().count(tracker.readings());
  }
  const std::uint64_t sent[] = {messages_of(context).published()};
  reader.settle(sent);
  return {};
}

Status work(WorkerContext& context) {
  const bool in_file = !context.spec().notifier.empty();
  ReadingTracker tracker;
  FlowMeter meter;
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  const std::uint64_t begin = now_ns();
  WorkerReport& report = context.report();
  if (context.index() == writer_index) {
    const Status made = in_file ? write_file(context) : send_readings(context);
    report.ok = made.has_value();
    return made;
  }
  const Status taken =
      in_file ? read_file(context, tracker, meter) : receive_readings(context, tracker, meter);
  if (!taken) return taken;
  note_interval(report, begin, now_ns());
  meter.report(report, "delivery");
  report.tallies["skipped"] = static_cast<std::int64_t>(tracker.skipped());
  report.tallies["backwards"] = static_cast<std::int64_t>(tracker.backwards());
  report.tallies["torn"] = static_cast<std::int64_t>(tracker.torn());
  report.tallies["after_end"] = static_cast<std::int64_t>(tracker.after_end());
  report.tallies["wrong_averages"] = static_cast<std::int64_t>(tracker.wrong_averages());
  report.tallies["ended"] = tracker.ended() ? 1 : 0;
  report.tallies["average_millionths"] = std::llround(tracker.average() * 1e6);
  report.ok = true;
  return {};
}

// ---- the verdict

void judge(const RunSpec& spec, const WorkerReport& reader, std::size_t index, Trial& trial) {
  const auto wrong = [&](const char* name, const char* what) {
    if (const std::int64_t count = count_of(reader, name); count != 0) {
      reject(trial, fmt::format("reader {}: {} {}", index, count, what));
    }
  };
  wrong("torn", "readings were torn");
  wrong("backwards", "readings came again or after a later one");
  wrong("skipped", "readings were lost");
  wrong("after_end", "readings came after the end marker");
  if (count_of(reader, "ended") == 0) {
    reject(trial, fmt::format("reader {} never saw the end marker", index));
  }
  const std::uint64_t made = readings_of(spec);
  if (count_of(reader, "received") != static_cast<std::int64_t>(made)) {
    reject(trial, fmt::format("reader {} saw {} readings before the end marker, not {}", index,
                              count_of(reader, "received"), made));
  }
  wrong("wrong_averages", "running averages were not those of the last five readings");
  if (count_of(reader, "average_millionths") != std::llround(average_reading(made) * 1e6)) {
    reject(trial, fmt::format("reader {} has the average {:.6f}, not {:.6f}", index,
                              static_cast<double>(count_of(reader, "average_millionths")) / 1e6,
                              average_reading(made)));
  }
}

std::string contradiction(const RunSpec& spec, const Trial& trial) {
  const std::uint64_t made = readings_of(spec);
  auto wrong = wrong_count(trial, "readings", static_cast<std::int64_t>(made) * readers_of(spec));
  if (!wrong.empty()) return wrong;
  return wrong_count(trial, "average_millionths", std::llround(average_reading(made) * 1e6));
}

void reduce(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  std::int64_t received = 0;
  for (std::size_t i = 1; i < reports.size(); ++i) {
    const WorkerReport& reader = reports[i];
    trial.histograms["delivery"].merge(reader.histograms.at("delivery"));
    received += count_of(reader, "received");
    judge(spec, reader, i, trial);
  }
  trial.metrics.push_back(joint_rate(reports, received, Unit::messages_per_second));
  trial.counts["readings"] = received;
  trial.counts["average_millionths"] = count_of(reports[1], "average_millionths");
  trial.counts["messages_total"] = received;
  gather(reports, trial);
}

}  // namespace
}  // namespace sensor_detail

ScenarioEntry sensor_scenario() {
  using namespace sensor_detail;
  ScenarioEntry entry;
  entry.name = "sensor";
  entry.summary =
      "one writer's readings, every one seen by every reader: in a mapped file, or sent";
  entry.uses_notifier = true;
  entry.timed = false;
  entry.options = {count_option("receivers", default_readers, "how many readers", 1, max_processes),
                   count_option("count", default_count, "readings before the end marker"),
                   time_option("think_time_ns", 0, "pause of the writer before each reading")};
  entry.faults = {{"lost", "one reading is left out"},
                  {"duplicated", "one reading is published twice"},
                  {"backwards", "an older reading is published after a newer one"},
                  {"torn", "one reading is half the next one when it is published"},
                  {"early_end", "the end marker comes in the place of a reading"}};
  entry.processes = "1 writer, receivers (1) readers";
  entry.invariants = {"every reader sees every reading once, in order, and none torn",
                      "every reader sees the end marker, and nothing after it",
                      "the average of the last five readings is right at every reading",
                      "the average of all is exactly that of the readings made (20: 24.845)"};
  entry.figures = {
      rate_figure(Unit::messages_per_second, "Readings seen by all readers together in a second."),
      time_figure("delivery", "From the making of a reading to its being seen by a reader."),
      count_figure("readings", "Readings that were seen, by all readers together."),
      count_figure("average_millionths", "The average of all readings, times a million."),
  };
  entry.layout = layout;
  entry.work = work;
  entry.reduce = reduce;
  entry.contradiction = contradiction;
  return entry;
}

}  // namespace ipcmark
