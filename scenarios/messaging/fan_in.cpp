// Fan-in: many producers, one consumer; over one channel where the mechanism lets many send, else
// over one from each. Every message is accounted for by its producer.
#include <fmt/format.h>

#include "scenarios/figures.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/timing/fairness.hpp"
#include "scenarios/timing/flow_meter.hpp"
#include "scenarios/traffic/fan_in_channels.hpp"
#include "scenarios/traffic/record.hpp"
#include "scenarios/traffic/record_receiver.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {

namespace fan_in_detail {
namespace {

constexpr std::int64_t default_senders = 4;
constexpr std::int64_t default_count = 100;
constexpr unsigned consumer = 0;

struct Record {
  std::uint64_t sent_ns = 0;
};

std::int64_t senders_of(const RunSpec& spec) { return spec.option("senders"); }
std::uint64_t each_of(const RunSpec& spec) {
  return static_cast<std::uint64_t>(spec.option("count"));
}

Layout layout(const RunSpec& spec, const BackendEntry* backend) {
  Layout result;
  const std::int64_t senders = senders_of(spec);
  if (senders < 1 || senders > max_processes) {
    result.unsupported_reason = fmt::format("needs senders between 1 and {}", max_processes);
    return result;
  }
  const std::vector<unsigned> producers = assign_roles(result, "consumer", "producer", senders);
  result.unsupported_reason = record_unsupported<Record>(spec);
  add_fan_in(result, *backend, spec, producers, consumer);
  return result;
}

Status produce(WorkerContext& context) {
  const Route route = fan_in_route(context, 0, context.index() - 1);
  RecordWriter<Record> writer(context.spec(), route.number, route.channel);
  Sender& sender = context.sender(route.channel);
  const auto channel = static_cast<std::uint32_t>(route.channel);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  context.progress().enter(Operation::send, channel);
  for (std::uint64_t i = each_of(context.spec()); i > 0; --i) {
    const Status sent = sender.send(writer.next({now_ns()}), Deadline::never());
    if (!sent) return sent;
    context.progress().count(writer.made());
  }
  context.progress().enter(Operation::close, channel);
  context.report().ok = true;
  return sender.close(Deadline::never());
}

class Consumer {
 public:
  explicit Consumer(WorkerContext& context)
      : context_(context),
        senders_(static_cast<std::size_t>(senders_of(context.spec()))),
        fan_in_(context, senders_),
        shares_(senders_) {}

  Status run() {
    const std::uint64_t each = each_of(context_.spec());
    for (;;) {
      const auto producer = fan_in_.next();
      if (!producer && producer.error().code == Errc::closed) return {};
      if (!producer) return tl::make_unexpected(producer.error());
      meter_.arrived(fan_in_.record().sent_ns);
      context_.progress().count(meter_.count());
      if (*producer < shares_.size() && ++shares_[*producer] == each && fairness_ == 0) {
        fairness_ = fairness_of(std::span<const std::uint64_t>(shares_));
      }
    }
  }

  void report() {
    WorkerReport& report = context_.report();
    fan_in_.settle(std::vector<std::uint64_t>(senders_, each_of(context_.spec())));
    meter_.report(report, "delivery");
    report.metrics.push_back({"fairness", fairness_, Unit::ratio, meter_.count()});
    report.tallies["channels"] = static_cast<std::int64_t>(fan_in_.channels());
    report.ok = true;
  }

 private:
  WorkerContext& context_;
  std::size_t senders_;
  RecordReceiver<Record> fan_in_;
  std::vector<std::uint64_t> shares_;
  FlowMeter meter_;
  double fairness_ = 0;
};

Status work(WorkerContext& context) {
  if (context.index() != consumer) return produce(context);
  Consumer taker(context);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  if (const Status done = taker.run(); !done) return done;
  taker.report();
  return {};
}

void reduce(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  const WorkerReport& taker = reports[consumer];
  trial.metrics.insert(trial.metrics.end(), taker.metrics.begin(), taker.metrics.end());
  trial.histograms = taker.histograms;
  publish(taker, {"received", "channels"}, trial);
  trial.counts["messages_total"] = count_of(taker, "received");
  gather(reports, trial);
  const std::int64_t expected = senders_of(spec) * static_cast<std::int64_t>(each_of(spec));
  if (count_of(taker, "received") != expected) {
    reject(trial,
           fmt::format("{} messages arrived, not {}", count_of(taker, "received"), expected));
  }
}

}  // namespace
}  // namespace fan_in_detail

ScenarioEntry fan_in_scenario() {
  using namespace fan_in_detail;
  ScenarioEntry entry;
  entry.name = "fan_in";
  entry.summary = "many producers, one consumer: every message of each arrives once, in its order";
  entry.timed = false;
  entry.options = {count_option("senders", default_senders, "how many producers", 1, max_processes),
                   count_option("count", default_count, "messages of each")};
  entry.processes = "senders (4) producers, 1 consumer";
  entry.invariants = {"every message of every producer arrives once and intact",
                      "the messages of one producer arrive in the order it sent them"};
  entry.figures = {
      rate_figure(Unit::messages_per_second,
                  "Messages of all producers in a second, by the consumer."),
      time_figure("delivery", "From just before sending to the arrival."),
      fairness_figure(
          "Jain's index of what each producer had got through when the first was done; 1 is fair."),
      count_figure("received", "Messages that arrived."),
      count_figure("channels", "Channels that it took."),
  };
  entry.answer = Answer{.exchange = Exchange::fan_in, .figure = "rate", .amount = "senders"};
  entry.ends = "senders";
  entry.layout = layout;
  entry.work = work;
  entry.reduce = reduce;
  return entry;
}

}  // namespace ipcmark
