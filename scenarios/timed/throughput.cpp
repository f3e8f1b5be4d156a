// Stream: one sender as fast as it goes, measured at the receiver, drained, counted.
//
// The sender sends until the receiver raises a flag in shared memory: it needs no clock, and the
// pipe stays full to the end of the measured interval. That interval runs from the receiver's first
// clock reading after warm-up to its last; both are counted exactly.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "scenarios/figures.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/timed/burst_stream.hpp"
#include "scenarios/timed/pairs.hpp"
#include "scenarios/timed/stream_meter.hpp"
#include "scenarios/timing/fairness.hpp"
#include "scenarios/timing/joint_rate.hpp"
#include "scenarios/traffic/channel_fit.hpp"
#include "scenarios/traffic/message_ends.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {

namespace {

struct Shared {
  alignas(64) std::atomic<std::uint32_t> enough{0};        // by the receiver: stop sending
  alignas(64) SentCount sent;                              // by the sender, before it closes
  alignas(64) std::atomic<std::uint64_t> bursts_begin{0};  // by the sender: when the first is due
};

Shared& shared_of(WorkerContext& context) {
  return *reinterpret_cast<Shared*>(shared_of_pair(context, sizeof(Shared)));
}

// The channel of the worker's pair.
std::size_t stream_of(const WorkerContext& context) { return pair_of(context); }
std::uint32_t stream_number(const WorkerContext& context) { return pair_of(context); }

Layout layout(const RunSpec& spec, const BackendEntry* backend) {
  Layout result;
  const ChannelSpec channel = channel_of(spec);
  result.shared_bytes = sizeof(Shared);
  if (!spec.burst.empty() && may_lose(*backend, spec)) {
    result.unsupported_reason = "needs every message to arrive, to tell where a burst ends";
  }
  if (in_one_process(*backend, spec)) {
    if (!spec.burst.empty()) result.unsupported_reason = needs_two_processes;
    result.roles = {"receiver"};
    result.channels = {{channel, {0}, {0}}};
  } else {
    result.roles = {"sender", "receiver"};
    result.channels = {{channel, {0}, {1}}};
  }
  if (auto why = loans_unsupported(*backend, spec); !why.empty())
    result.unsupported_reason = std::move(why);
  repeat_for_pairs(spec, result);
  return result;
}

Status close_stream(WorkerContext& context, const Outbox& outbox) {
  shared_of(context).sent.publish(outbox.sent());
  context.report().tallies["sent"] = static_cast<std::int64_t>(outbox.sent());
  context.progress().count(outbox.sent());
  context.progress().enter(Operation::close, stream_number(context));
  return context.sender(stream_of(context)).close(Deadline::never());
}

Status run_sender(WorkerContext& context) {
  const std::size_t stream = stream_of(context);
  Outbox outbox(context, 0, stream);
  std::atomic<std::uint32_t>& enough = shared_of(context).enough;
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  context.progress().enter(Operation::send, stream_number(context));
  const std::uint64_t begin = now_ns();
  constexpr std::uint64_t between_counts = 256;
  if (!context.spec().burst.empty()) {
    const Status sent =
        send_bursts(context, stream, outbox, enough, shared_of(context).bursts_begin);
    if (!sent) return sent;
  }
  while (enough.load(std::memory_order_relaxed) == 0) {
    if (const Status sent = outbox.send_next(); !sent) return sent;
    if (outbox.sent() % between_counts == 0) context.progress().count(outbox.sent());
  }
  if (context.lossy(stream)) note_sending(context.report(), outbox.sent(), begin, now_ns());
  if (const Status closed = close_stream(context, outbox); !closed) return closed;
  context.report().ok = true;
  return {};
}

void settle(WorkerContext& context, Inbox& inbox) {
  const std::uint64_t sent[] = {shared_of(context).sent.published()};
  WorkerReport& report = context.report();
  inbox.settle(sent);
  report.tallies["messages_total"] = static_cast<std::int64_t>(inbox.received());
  report.ok = true;
}

Status run_receiver(WorkerContext& context) {
  Inbox inbox(context, 1, stream_of(context));
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  const std::uint64_t start = now_ns();
  StreamMeter meter(context, start);
  BurstMeter bursts(context.spec(), shared_of(context).bursts_begin);
  const auto goes_on = [&] {
    const std::uint64_t count = inbox.received();
    if (count == bursts.end()) bursts.complete(meter.begun());
    return count != meter.due() || meter.look(count, inbox.bytes());
  };
  context.progress().enter(Operation::receive, stream_number(context));
  Status received = inbox.receive_next();
  const std::uint64_t first_ns = now_ns() - start;
  while (received && goes_on()) {
    received = inbox.receive_until(std::min(meter.due(), bursts.end()));
  }
  shared_of(context).enough.store(1);
  while (received) received = inbox.receive_next();
  if (received.error().code != Errc::closed) return received;
  meter.report(first_ns);
  bursts.report(context.report());
  settle(context, inbox);
  return {};
}

// Both ends in this worker: a message is sent, then received.
Status run_both(WorkerContext& context) {
  const std::size_t stream = stream_of(context);
  Outbox outbox(context, 0, stream);
  Inbox inbox(context, 1, stream);
  const auto pass_one = [&outbox, &inbox]() -> Status {
    if (const Status sent = outbox.send_next(); !sent) return sent;
    return inbox.receive_next();
  };
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  const std::uint64_t start = now_ns();
  StreamMeter meter(context, start);
  if (const Status passed = pass_one(); !passed) return passed;
  const std::uint64_t first_ns = now_ns() - start;
  while (inbox.received() != meter.due() || meter.look(inbox.received(), inbox.bytes())) {
    if (const Status passed = pass_one(); !passed) return passed;
  }
  if (const Status closed = close_stream(context, outbox); !closed) return closed;
  Status rest = inbox.receive_next();
  while (rest) rest = inbox.receive_next();
  if (rest.error().code != Errc::closed) return rest;
  meter.report(first_ns);
  settle(context, inbox);
  return {};
}

Status work(WorkerContext& context) {
  if (context.role() == "sender") return run_sender(context);
  return context.sends(stream_of(context)) ? run_both(context) : run_receiver(context);
}

std::string contradiction(const RunSpec& spec, const Trial& trial) {
  const auto messages = trial.counts.find("messages");
  const auto took = trial.counts.find("measured_ns");
  if (messages == trial.counts.end() || took == trial.counts.end() || took->second <= 0) {
    return "has no messages, or no measured_ns";
  }
  const double rate =
      static_cast<double>(messages->second) * 1e9 / static_cast<double>(took->second);
  constexpr double rounding = 0.01;
  if (std::abs(trial.metric("rate")->value - rate) > rounding * rate) {
    return fmt::format("says {:.0f} messages a second, and {} in {} ns",
                       trial.metric("rate")->value, messages->second, took->second);
  }
  if (spec.messages == 0) return {};
  return wrong_count(trial, "messages", static_cast<std::int64_t>(spec.messages));
}

// Of all pairs together, over the time from the first one's beginning to the last one's end.
void add_rates(const std::vector<WorkerReport>& reports, Trial& trial) {
  std::int64_t bytes = 0;
  for (const WorkerReport& report : reports) bytes += count_of(report, "measured_bytes");
  const Metric rate = joint_rate(reports, trial.counts["messages"], Unit::messages_per_second);
  Metric bytes_rate = joint_rate(reports, bytes, Unit::bytes_per_second);
  bytes_rate.name = "bytes_rate";
  bytes_rate.samples = rate.samples;
  trial.counts["measured_ns"] = static_cast<std::int64_t>(joint_ns(reports));
  trial.metrics = {rate, bytes_rate};
}

void reduce(const RunSpec&, const std::vector<WorkerReport>& reports, Trial& trial) {
  for (const WorkerReport& report : reports) {
    for (const auto& [name, times] : report.histograms) trial.histograms[name].merge(times);
  }
  publish_sums(reports, "receiver", {"messages", "messages_total", "received", "sent"}, trial);
  add_rates(reports, trial);
  add_means(reports, "receiver", trial);
  add_fairness(reports, "receiver", "messages", trial);
  gather(reports, trial);
  publish_losses(reports, trial);
}

}  // namespace

ScenarioEntry throughput_scenario() {
  ScenarioEntry entry;
  entry.name = "throughput";
  entry.summary = "stream: messages and bytes a second from one sender to one receiver";
  entry.mixes_sizes = true;
  entry.bursts = true;
  entry.options = {pairs_option(), loans_option()};
  entry.ends = "pairs";
  entry.processes = "pairs (1) of 1 sender and 1 receiver";
  entry.invariants = {
      "the receiver gets exactly as many messages as were sent; with --verify also their bytes",
      "of a mechanism that may lose messages: what arrives was sent, once and in order"};
  entry.measures_losses = true;
  entry.figures = {
      rate_figure(Unit::messages_per_second,
                  "Messages received in a second, by the receiver's clock, from its first reading "
                  "after warm-up to its last; of several pairs all messages, from the first "
                  "receiver's beginning to the last one's end."),
      bytes_rate_figure("Payload bytes received in a second, likewise."),
      fairness_figure(
          "With --pairs: Jain's index of the pairs' own rates, each over its own time; 1 is fair."),
      first_message_figure(
          "Cold: from the start barrier to the first message received; of several pairs the mean."),
      time_figure(
          burst_figure,
          "With --burst: from when a burst was due until its last message was received and "
          "read. The bursts are due at fixed times, so that one that is late makes the next "
          "one late, and is seen there."),
      count_figure("received", "Messages that arrived."),
      count_figure("messages", "Of them, those that were measured."),
      count_figure("measured_ns", "How long that took.", Proof::none, Unit::nanoseconds),
      count_figure("sent", "Messages sent, where both ends are in one process."),
  };
  entry.notes = {"with --burst the rates are those of the whole time, silence included",
                 "cpu_per_message: CPU time of both sides over all messages, warm-up included"};
  entry.answer =
      Answer{.exchange = Exchange::stream, .figure = "bytes_rate", .at_default = "pairs"};
  entry.layout = layout;
  entry.work = work;
  entry.reduce = reduce;
  entry.contradiction = contradiction;
  return entry;
}

}  // namespace ipcmark
