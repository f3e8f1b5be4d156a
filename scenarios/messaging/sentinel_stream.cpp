// Sentinel stream: a sender sends its messages and then STOP, a message like the others; the
// receiver ends at STOP, and nothing may come after it.
#include <fmt/format.h>

#include "scenarios/figures.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/timing/flow_meter.hpp"
#include "scenarios/timing/think_time.hpp"
#include "scenarios/traffic/channel_fit.hpp"
#include "scenarios/traffic/record.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {

namespace sentinel_stream_detail {
namespace {

constexpr std::size_t stream = 0;
constexpr std::int64_t default_count = 3;

struct Record {
  std::uint64_t stop = 0;
  std::uint64_t sent_ns = 0;
};

struct Shared {
  SentCount sent;  // STOP included; written before the sender closes
};

std::uint64_t count_of_messages(const RunSpec& spec) {
  return static_cast<std::uint64_t>(spec.option("count"));
}

Layout layout(const RunSpec& spec, const BackendEntry* backend) {
  Layout result;
  const ChannelSpec channel = channel_of(spec);
  result.unsupported_reason = record_unsupported<Record>(spec);
  result.shared_bytes = sizeof(Shared);
  if (in_one_process(*backend, spec)) {
    result.roles = {"both"};
    result.channels = {{channel, {0}, {0}}};
  } else {
    result.roles = {"sender", "receiver"};
    result.channels = {{channel, {0}, {1}}};
  }
  return result;
}

class StopSender {
 public:
  explicit StopSender(WorkerContext& context)
      : context_(context),
        writer_(context.spec(), 0, stream),
        count_(count_of_messages(context.spec())),
        think_ns_(think_time_of(context.spec())) {
    // Before, at and behind the place where STOP belongs.
    if (count_ > 0 && context.inject("early_stop")) --count_;
    trailing_ = context.inject("after_stop") ? 1 : 0;
  }
  bool over() const { return writer_.made() == count_ + 1 + trailing_; }
  Status send_next() {
    think(context_, think_ns_);
    const Record record{writer_.made() == count_ ? 1U : 0U, now_ns()};
    context_.progress().enter(Operation::send, stream);
    const Status sent = context_.sender(stream).send(writer_.next(record), Deadline::never());
    context_.progress().count(writer_.made());
    return sent;
  }
  Status close() {
    context_.shared_as<Shared>().sent.publish(writer_.made());
    context_.progress().enter(Operation::close, stream);
    return context_.sender(stream).close(Deadline::never());
  }

 private:
  WorkerContext& context_;
  RecordWriter<Record> writer_;
  std::uint64_t count_;
  std::int64_t think_ns_;
  std::uint64_t trailing_ = 0;
};

class StopReceiver {
 public:
  explicit StopReceiver(WorkerContext& context) : context_(context), reader_(context, 1, stream) {}

  // Errors are the receiver's; closed: the sender has ended.
  Status receive_next() {
    context_.progress().enter(Operation::receive, stream);
    const Status got = reader_.receive(context_.receiver(stream), Deadline::never());
    if (!got) return got;
    if (stopped_) ++after_stop_;
    stopped_ = stopped_ || reader_.record.stop != 0;
    if (reader_.record.stop == 0) meter_.arrived(reader_.record.sent_ns);
    context_.progress().count(meter_.count());
    return {};
  }
  void report() {
    WorkerReport& report = context_.report();
    const std::uint64_t sent[] = {context_.shared_as<Shared>().sent.published()};
    reader_.settle(sent);
    meter_.report(report, "delivery");
    report.tallies["stops"] = stopped_ ? 1 : 0;
    report.tallies["after_stop"] = after_stop_;
    report.ok = true;
  }

 private:
  WorkerContext& context_;
  RecordReader<Record> reader_;
  FlowMeter meter_;
  bool stopped_ = false;
  std::int64_t after_stop_ = 0;
};

Status run_sender(WorkerContext& context) {
  StopSender sender(context);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  while (!sender.over()) {
    if (const Status sent = sender.send_next(); !sent) return sent;
  }
  context.report().ok = true;
  return sender.close();
}

Status run_receiver(WorkerContext& context) {
  StopReceiver receiver(context);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  Status received = receiver.receive_next();
  while (received) received = receiver.receive_next();
  if (received.error().code != Errc::closed) return received;
  receiver.report();
  return {};
}

Status run_both(WorkerContext& context) {
  StopSender sender(context);
  StopReceiver receiver(context);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  while (!sender.over()) {
    if (const Status sent = sender.send_next(); !sent) return sent;
    if (const Status received = receiver.receive_next(); !received) return received;
  }
  if (const Status closed = sender.close(); !closed) return closed;
  receiver.report();
  return {};
}

Status work(WorkerContext& context) {
  if (context.role() == "both") return run_both(context);
  return context.role() == "sender" ? run_sender(context) : run_receiver(context);
}

std::string contradiction(const RunSpec& spec, const Trial& trial) {
  auto wrong = wrong_count(trial, "received", static_cast<std::int64_t>(count_of_messages(spec)));
  if (wrong.empty()) wrong = wrong_count(trial, "stops", 1);
  return wrong.empty() ? wrong_count(trial, "after_stop", 0) : wrong;
}

void reduce(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  const WorkerReport& receiver = reports.back();
  trial.metrics.insert(trial.metrics.end(), receiver.metrics.begin(), receiver.metrics.end());
  trial.histograms = receiver.histograms;
  publish(receiver, {"received", "stops", "after_stop"}, trial);
  trial.counts["messages_total"] = count_of(receiver, "received");
  gather(reports, trial);
  const auto expected = static_cast<std::int64_t>(count_of_messages(spec));
  const std::int64_t received = count_of(receiver, "received");
  if (count_of(receiver, "stops") == 0) return reject(trial, "STOP never came");
  if (const auto after = count_of(receiver, "after_stop"); after != 0) {
    return reject(trial, fmt::format("{} messages came after STOP", after));
  }
  if (received != expected) {
    reject(trial, fmt::format("{} messages came before STOP, not {}", received, expected));
  }
}

}  // namespace
}  // namespace sentinel_stream_detail

ScenarioEntry sentinel_stream_scenario() {
  using namespace sentinel_stream_detail;
  ScenarioEntry entry;
  entry.name = "sentinel_stream";
  entry.summary = "messages and then STOP: all in order, nothing after it";
  entry.timed = false;
  entry.options = {count_option("count", default_count, "messages before STOP"),
                   time_option("think_time_ns", 0, "pause of the sender before each message")};
  entry.faults = {{"early_stop", "STOP takes the place of the last message"},
                  {"after_stop", "one message follows STOP"}};
  entry.processes = "1 sender, 1 receiver";
  entry.invariants = {"every message arrives once, in order and intact, and then STOP",
                      "nothing comes after STOP, and both sides end"};
  entry.figures = {
      rate_figure(Unit::messages_per_second,
                  "By the receiver, from its first message to its last."),
      time_figure("delivery", "From just before sending to the arrival in the other process."),
      count_figure("received", "Messages that arrived."),
      count_figure("stops", "1: STOP came."),
      count_figure("after_stop", "Messages that came after it."),
  };
  entry.layout = layout;
  entry.work = work;
  entry.reduce = reduce;
  entry.contradiction = contradiction;
  return entry;
}

}  // namespace ipcmark
