// Fan-out: one sender, many receivers. Broadcast: each message reaches every receiver. Work queue:
// each reaches exactly one. Over one channel where the mechanism does either by itself, else over a
// channel to each: the sender then sends to all, or to whoever has room.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "results/splitmix.hpp"
#include "scenarios/figures.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/timing/fairness.hpp"
#include "scenarios/timing/flow_meter.hpp"
#include "scenarios/timing/joint_rate.hpp"
#include "scenarios/traffic/channel_fit.hpp"
#include "scenarios/traffic/fan_in_channels.hpp"
#include "scenarios/traffic/losses.hpp"
#include "scenarios/traffic/record.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {

namespace fan_out_detail {
namespace {

constexpr std::int64_t default_receivers = 4;
constexpr std::int64_t default_count = 100;
constexpr unsigned sender_index = 0;
constexpr std::int64_t broadcast = 0;
constexpr std::uint64_t retry_ns = 100'000;

struct Record {
  std::uint64_t number = 0;
  std::uint64_t sent_ns = 0;
};

// How many messages went into each channel, told before it is closed.
struct Shared {
  std::atomic<std::uint64_t> channels;
  std::array<SentCount, max_processes> sent;
};

std::int64_t receivers_of(const RunSpec& spec) { return spec.option("receivers"); }
std::uint64_t count_of_messages(const RunSpec& spec) {
  return static_cast<std::uint64_t>(spec.option("count"));
}
bool is_broadcast(const RunSpec& spec) { return spec.option("mode") == broadcast; }

// Whether one channel with that many receivers does what the mode asks for.
bool does_itself(const BackendEntry& backend, const RunSpec& spec, const ChannelSpec& channel) {
  const Capabilities can = backend.capabilities(channel);
  if (is_broadcast(spec)) return can.broadcast && can.unsupported_reason.empty();
  return channel.receivers > 1 && can.many_receivers &&
         unsupported_reason(can, channel, spec).empty();
}

Layout layout(const RunSpec& spec, const BackendEntry* backend) {
  Layout result;
  const std::int64_t receivers = receivers_of(spec);
  if (receivers < 1 || receivers > max_processes) {
    result.unsupported_reason = fmt::format("needs receivers between 1 and {}", max_processes);
    return result;
  }
  const std::vector<unsigned> all = assign_roles(result, "sender", "receiver", receivers);
  result.unsupported_reason = record_unsupported<Record>(spec);
  if (!is_broadcast(spec) && may_lose(*backend, spec)) {
    result.unsupported_reason = "needs every message to arrive, to tell that each reached one";
  }
  result.shared_bytes = sizeof(Shared);
  const ChannelSpec shared = channel_of(spec, 1, static_cast<std::uint32_t>(receivers));
  if (result.unsupported_reason.empty() && does_itself(*backend, spec, shared)) {
    result.channels = {{shared, {sender_index}, all}};
  } else {
    add_fan_out(result, spec, sender_index, all);
  }
  return result;
}

class Source {
 public:
  explicit Source(WorkerContext& context) : context_(context) {
    while (channels_ < context.workers() - 1 && context.sends(channels_)) {
      writers_.emplace_back(context.spec(), 0, channels_);
      ++channels_;
    }
    context.shared_as<Shared>().channels.store(channels_);
  }

  Status run() {
    const std::uint64_t count = count_of_messages(context_.spec());
    const std::uint64_t begin = now_ns();
    const bool all = is_broadcast(context_.spec()) || channels_ == 1;
    for (std::uint64_t i = 0; i < count; ++i) {
      if (const Status sent = all ? to_all(i) : to_one(i); !sent) return sent;
      if (i == 1 && context_.inject("deal_twice")) {
        if (const Status again = all ? to_all(i) : to_one(i); !again) return again;
      }
      context_.progress().count(i + 1);
    }
    if (context_.lossy(0)) note_sending(context_.report(), made(), begin, now_ns());
    for (std::size_t channel = 0; channel < channels_; ++channel) {
      context_.shared_as<Shared>().sent[channel].publish(writers_[channel].made());
      context_.progress().enter(Operation::close, static_cast<std::uint32_t>(channel));
      if (const Status closed = context_.sender(channel).close(Deadline::never()); !closed) {
        return closed;
      }
    }
    context_.report().tallies["channels"] = static_cast<std::int64_t>(channels_);
    context_.report().ok = true;
    return {};
  }

 private:
  // Over all channels.
  std::uint64_t made() const {
    std::uint64_t sum = 0;
    for (const RecordWriter<Record>& writer : writers_) sum += writer.made();
    return sum;
  }

  Status to_all(std::uint64_t number) {
    for (std::size_t channel = 0; channel < channels_; ++channel) {
      if (channel + 1 == channels_ && number == 1 && context_.inject("miss")) continue;
      context_.progress().enter(Operation::send, static_cast<std::uint32_t>(channel));
      const auto message = writers_[channel].next({number, now_ns()});
      const Status sent = context_.sender(channel).send(message, Deadline::never());
      if (!sent) return sent;
    }
    return {};
  }

  // To the next that has room; when none has, to the first that gets some. One operation, whoever
  // is tried: going round among those that have none is no progress.
  Status to_one(std::uint64_t number) {
    context_.progress().enter(Operation::send, static_cast<std::uint32_t>((next_ + 1) % channels_));
    for (std::size_t tried = 0;; ++tried) {
      next_ = (next_ + 1) % channels_;
      const bool all_full = tried >= channels_;
      const Status sent =
          offer(number, all_full ? Deadline::after(retry_ns) : Deadline::immediate());
      if (sent || !is_wait_over(sent.error())) return sent;
    }
  }

  Status offer(std::uint64_t number, Deadline deadline) {
    RecordWriter<Record>& writer = writers_[next_];
    const Status sent = context_.sender(next_).send(writer.next({number, now_ns()}), deadline);
    if (!sent) writer.take_back();
    return sent;
  }

  WorkerContext& context_;
  std::size_t channels_ = 0;
  std::vector<RecordWriter<Record>> writers_;
  std::size_t next_ = 0;
};

Status take(WorkerContext& context) {
  const std::size_t own = context.receives(0) ? 0 : context.index() - 1;
  RecordReader<Record> reader(context, 1, own);
  FlowMeter meter;
  std::int64_t backwards = 0;
  std::uint64_t next = 0;  // the lowest number that may still come
  std::uint64_t sum = 0;   // of numbers, each turned into something that does not cancel out
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  const std::uint64_t begin = now_ns();
  for (;;) {
    context.progress().enter(Operation::receive, static_cast<std::uint32_t>(own));
    const Status got = reader.receive(context.receiver(own), Deadline::never());
    if (!got && got.error().code == Errc::closed) break;
    if (!got) return got;
    backwards += reader.record.number < next ? 1 : 0;
    next = reader.record.number + 1;
    sum += mixed(reader.record.number);
    meter.arrived(reader.record.sent_ns);
    context.progress().count(meter.count());
  }
  WorkerReport& report = context.report();
  note_interval(report, begin, now_ns());
  // Of a queue that several take from each has a part; what is missing shows in their sum.
  const bool has_part = !is_broadcast(context.spec()) &&
                        context.shared_as<Shared>().channels.load() == 1 &&
                        receivers_of(context.spec()) > 1;
  const std::uint64_t sent[] = {context.shared_as<Shared>().sent[own].published()};
  if (!has_part) reader.settle(sent);
  meter.report(report, "delivery");
  report.tallies["backwards"] = backwards;
  report.tallies["sum"] = static_cast<std::int64_t>(sum);
  report.ok = true;
  return {};
}

Status work(WorkerContext& context) {
  if (context.index() != sender_index) return take(context);
  Source source(context);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  return source.run();
}

// What a receiver must have got: of a broadcast everything, of a work queue together everything.
void judge(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  const std::uint64_t count = count_of_messages(spec);
  std::uint64_t expected = 0;
  for (std::uint64_t i = 0; i < count; ++i) expected += mixed(i);
  std::uint64_t sum = 0;
  std::uint64_t all = 0;
  for (std::size_t i = 1; i < reports.size(); ++i) {
    const auto got = static_cast<std::uint64_t>(count_of(reports[i], "received"));
    const auto its_sum = static_cast<std::uint64_t>(count_of(reports[i], "sum"));
    all += got;
    sum += its_sum;
    if (count_of(reports[i], "backwards") != 0) {
      reject(trial, fmt::format("receiver {} got messages out of order or twice", i));
    }
    const bool whole = got == count && its_sum == expected;
    if (is_broadcast(spec) && !whole && !has_losses(reports[i])) {
      reject(trial, fmt::format("receiver {} got {} messages of the broadcast, not all {} once", i,
                                got, count));
    }
  }
  if (!is_broadcast(spec) && (all != count || sum != expected)) {
    reject(trial, fmt::format("{} messages were taken, not each of {} exactly once", all, count));
  }
}

void reduce(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  std::int64_t received = 0;
  std::vector<double> rates;
  rates.reserve(reports.size());
  for (const WorkerReport& report : reports) {
    const std::int64_t took = count_of(report, "end_ns") - count_of(report, "begin_ns");
    if (took > 0) {
      rates.push_back(static_cast<double>(count_of(report, "received")) /
                      static_cast<double>(took));
    }
    const auto times = report.histograms.find("delivery");
    if (times != report.histograms.end()) trial.histograms["delivery"].merge(times->second);
    received += count_of(report, "received");
  }
  trial.metrics.push_back(joint_rate(reports, received, Unit::messages_per_second));
  trial.metrics.push_back({"fairness", fairness_of(std::span<const double>(rates)), Unit::ratio,
                           static_cast<std::uint64_t>(rates.size())});
  trial.counts["received"] = received;
  trial.counts["channels"] = count_of(reports[sender_index], "channels");
  trial.counts["messages_total"] = received;
  gather(reports, trial);
  publish_losses(reports, trial);
  judge(spec, reports, trial);
}

}  // namespace
}  // namespace fan_out_detail

ScenarioEntry fan_out_scenario() {
  using namespace fan_out_detail;
  ScenarioEntry entry;
  entry.name = "fan_out";
  entry.summary = "one sender, many receivers: each message to all of them, or to exactly one";
  entry.timed = false;
  entry.options = {
      word_option("mode", {"broadcast", "work_queue"},
                  "who gets a message\nbroadcast: every receiver. work_queue: exactly one."),
      count_option("receivers", default_receivers, "how many receivers", 1, max_processes),
      count_option("count", default_count, "messages sent")};
  entry.variants = {{}, {{"mode", 1}}};
  entry.faults = {{"miss", "a broadcast leaves out one receiver once"},
                  {"deal_twice", "the work queue gives one message to two"}};
  entry.processes = "1 sender, receivers (4)";
  entry.invariants = {"broadcast: every receiver gets every message once, in order",
                      "work queue: each message reaches exactly one receiver",
                      "a receiver never gets an older message after a newer one",
                      "of a mechanism that may lose messages: what arrives was sent, once and in "
                      "order; broadcast alone"};
  entry.measures_losses = true;
  entry.figures = {
      rate_figure(Unit::messages_per_second, "Messages of all receivers in a second."),
      time_figure("delivery", "From just before sending to the arrival at a receiver."),
      fairness_figure(
          "Jain's index of the receivers' own rates, each over its own time; 1 is fair."),
      count_figure("received", "Messages that arrived, at all receivers together."),
      count_figure("channels", "Channels that it took."),
  };
  entry.notes = {
      "work queue over a channel to each receiver: a sender that finds all of them full waits for "
      "one after another, 100 us each, while another may get room: where that happens the rate "
      "holds such waits, which are the scenario's own and not the mechanism's"};
  entry.answer = Answer{
      .exchange = Exchange::fan_out, .figure = "rate", .amount = "receivers", .at_default = "mode"};
  entry.ends = "receivers";
  entry.layout = layout;
  entry.work = work;
  entry.reduce = reduce;
  return entry;
}

}  // namespace ipcmark
