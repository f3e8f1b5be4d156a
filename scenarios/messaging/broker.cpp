// Broker: publishers and subscribers that know nothing of each other, and a broker between them.
// Each subscriber gets exactly the messages of the topics it asked for.
//
// Over a mechanism with topics of its own (ZeroMQ) the broker is a proxy between the mechanism's
// two ends: publishers' XPUB sockets to its XSUB, its XPUB to subscribers' XSUB, and the mechanism
// sorts by topic. Over all others a process sorts (broker_process.cpp).
#include <fmt/format.h>

#include "scenarios/figures.hpp"
#include "scenarios/messaging/broker_plan.hpp"
#include "scenarios/shared_word.hpp"
#include "scenarios/timing/flow_meter.hpp"
#include "scenarios/timing/joint_rate.hpp"
#include "scenarios/traffic/channel_fit.hpp"
#include "scenarios/traffic/fan_in_channels.hpp"
#include "scenarios/traffic/send_queue.hpp"

namespace ipcmark {

namespace broker {

namespace {

// With a mechanism's own topics: publishers to the broker, the broker to subscribers.
constexpr std::size_t front = 0;
constexpr std::size_t back = 1;

std::vector<unsigned> numbers(unsigned first, unsigned count) {
  std::vector<unsigned> result;
  result.reserve(count);
  for (unsigned i = 0; i < count; ++i) result.push_back(first + i);
  return result;
}

void add_channels(Layout& result, const RunSpec& spec, const BackendEntry& backend) {
  const unsigned publishers = publishers_of(spec);
  const unsigned subscribers = subscribers_of(spec);
  ChannelSpec in = channel_of(spec, publishers, 1);
  in.topic_at = topic_at;
  if (backend.capabilities(in).topics) {
    ChannelSpec out = channel_of(spec, 1, subscribers);
    out.topic_at = topic_at;
    result.channels = {{in, numbers(1, publishers), {broker_index}},
                       {out, {broker_index}, numbers(1 + publishers, subscribers)}};
    result.roles[broker_index] = "proxy";
    return;
  }
  add_fan_in(result, backend, spec, numbers(1, publishers + subscribers), broker_index);
  for (const unsigned subscriber : numbers(1 + publishers, subscribers)) {
    result.channels.push_back({channel_of(spec), {broker_index}, {subscriber}});
  }
}

Layout layout(const RunSpec& spec, const BackendEntry* backend) {
  Layout result;
  const std::int64_t publishers = spec.option("senders");
  const std::int64_t subscribers = spec.option("receivers");
  const std::int64_t topics = spec.option("topics");
  if (std::min(publishers, subscribers) < 1 || publishers + subscribers > max_processes_together) {
    result.unsupported_reason = fmt::format(
        "needs senders and receivers of at least 1, together at most {}", max_processes_together);
  } else if (topics < 1 || topics > max_topics) {
    result.unsupported_reason = fmt::format("needs topics between 1 and {}", max_topics);
  } else if (const std::string why = record_unsupported<Publication>(spec); !why.empty()) {
    result.unsupported_reason = why;
  } else {
    result.roles.assign(static_cast<std::size_t>(1 + publishers + subscribers), "subscriber");
    std::fill_n(result.roles.begin() + 1, publishers, "publisher");
    result.roles[broker_index] = "broker";
    result.shared_bytes = sizeof(Shared);
    add_channels(result, spec, *backend);
  }
  return result;
}

Status run_proxy(WorkerContext& context) {
  Receiver& in = context.receiver(front);
  Sender& out = context.sender(back);
  for (std::uint32_t topic = 0; topic < topics_of(context.spec()).topics; ++topic) {
    const Status asked = in.subscribe(static_cast<std::uint8_t>(topic));
    if (!asked) return asked;
  }
  // Here a publisher's first message waits until all subscribers are known.
  raise_word(context.shared_as<Shared>().subscribed, subscribers_of(context.spec()));
  MessageBuffer buffer(context.spec().size);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  std::uint64_t handled = 0;
  for (;;) {
    context.progress().enter(Operation::receive, front);
    const auto size = in.receive(buffer.span(), Deadline::never());
    if (!size && size.error().code == Errc::closed) break;
    if (!size) return tl::make_unexpected(size.error());
    context.progress().enter(Operation::send, back);
    const Status sent = out.send(buffer.span().first(*size), Deadline::never());
    if (!sent) return sent;
    context.progress().count(++handled);
  }
  context.progress().enter(Operation::close, back);
  context.report().tallies["published"] = static_cast<std::int64_t>(handled);
  context.report().ok = true;
  return out.close(Deadline::never());
}

Status run_publisher(WorkerContext& context) {
  const RunSpec& spec = context.spec();
  const Topics topics = topics_of(spec);
  const std::uint32_t me = context.index() - 1;
  const Route route = fan_in_route(context, 0, me);
  Sender& sender = context.sender(route.channel);
  const auto channel = static_cast<std::uint32_t>(route.channel);
  RecordWriter<Publication> writer(spec, me, sealed_as);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  // Nothing is published before every subscriber has asked for all it wants.
  const Status asked =
      await_word(context, context.shared_as<Shared>().subscribed, subscribers_of(spec));
  if (!asked) return asked;
  for (std::uint64_t i = 0; i < topics.each; ++i) {
    const Publication record{topics.topic_of(me, i), 0, 0, me, i, now_ns()};
    context.progress().enter(Operation::send, channel);
    const Status sent = sender.send(writer.next(record), Deadline::never());
    if (!sent) return sent;
    context.progress().count(i + 1);
  }
  context.progress().enter(Operation::close, channel);
  context.report().ok = true;
  return sender.close(Deadline::never());
}

class Subscriber {
 public:
  explicit Subscriber(WorkerContext& context)
      : context_(context),
        spec_(context.spec()),
        place_(context.index() - 1),
        me_(place_ - publishers_of(spec_)),
        tracker_(topics_of(spec_), me_),
        buffer_(spec_.size),
        own_(first_received(context)) {}
  ~Subscriber() {
    if (!settled_) add(context_.report().integrity, tracker_.so_far());
  }
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  Status run() {
    const std::uint64_t begin = now_ns();
    // With a mechanism's own topics nothing is sent to anybody.
    const bool by_message = context_.sends(0) || context_.sends(place_);
    const Status asked = by_message ? ask_by_message() : ask_mechanism();
    if (!asked) return asked;
    context_.progress().enter(Operation::receive, static_cast<std::uint32_t>(own_));
    Status taken = take();
    while (taken) taken = take();
    if (taken.error().code != Errc::closed) return taken;
    report(begin);
    return {};
  }

 private:
  // The next message.
  Status take() {
    const auto size = context_.receiver(own_).receive(buffer_.span(), Deadline::never());
    if (!size) return tl::make_unexpected(size.error());
    const auto message = buffer_.span().first(*size);
    const Finding finding =
        examine_message(message, spec_.size, channel_seed(spec_, sealed_as), Verify::full).finding;
    if (finding != Finding::intact) {
      tracker_.damaged(finding == Finding::wrong_length);
      return not_intact(finding);
    }
    Publication record;
    std::memcpy(&record, message.data() + stamp_bytes, sizeof record);
    meter_.arrived(record.sent_ns);
    tracker_.arrived(record.from, record.number);
    context_.progress().count(meter_.count());
    return {};
  }

  std::vector<std::uint8_t> asked() {
    return asked_by(spec_, me_, [this](const char* fault) { return context_.inject(fault); });
  }
  Status ask_mechanism() {
    for (const std::uint8_t topic : asked()) {
      if (const Status reported = context_.receiver(own_).subscribe(topic); !reported)
        return reported;
    }
    return {};
  }
  Status ask_by_message() {
    const Route route = fan_in_route(context_, 0, place_);
    RecordWriter<Publication> writer(spec_, place_, sealed_as);
    Sender& sender = context_.sender(route.channel);
    const auto topics = asked();
    for (std::size_t i = 0; i < topics.size(); ++i) {
      const auto last = static_cast<std::uint8_t>(i + 1 == topics.size() ? 2 : 1);
      const Publication wish{topics[i], last, 0, me_, 0, 0};
      context_.progress().enter(Operation::send, static_cast<std::uint32_t>(route.channel));
      if (const Status sent = sender.send(writer.next(wish), Deadline::never()); !sent) return sent;
    }
    context_.progress().enter(Operation::close, static_cast<std::uint32_t>(route.channel));
    return sender.close(Deadline::never());
  }

  void report(std::uint64_t begin) {
    WorkerReport& report = context_.report();
    add(report.integrity, tracker_.settle());
    settled_ = true;
    meter_.report(report, "delivery");
    report.metrics.clear();  // the rate of all is what is told
    report.tallies["unwanted"] = static_cast<std::int64_t>(tracker_.unwanted());
    note_interval(report, begin, now_ns());
    report.ok = true;
  }

  WorkerContext& context_;
  const RunSpec& spec_;
  std::uint32_t place_;  // among all that are not the broker
  std::uint32_t me_;     // among the subscribers
  TopicTracker tracker_;
  bool settled_ = false;
  MessageBuffer buffer_;
  std::size_t own_;
  FlowMeter meter_;
};

Status work(WorkerContext& context) {
  if (context.role() == "broker") return run_broker_process(context);
  if (context.role() == "proxy") return run_proxy(context);
  if (context.role() == "publisher") return run_publisher(context);
  Subscriber subscriber(context);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  return subscriber.run();
}

void reduce(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  std::int64_t delivered = 0;
  std::int64_t unwanted = 0;
  for (const WorkerReport& report : reports) {
    const auto times = report.histograms.find("delivery");
    if (times != report.histograms.end()) trial.histograms["delivery"].merge(times->second);
    delivered += count_of(report, "received");
    unwanted += count_of(report, "unwanted");
  }
  const std::int64_t published = count_of(reports[broker_index], "published");
  trial.counts["published"] = published;
  trial.counts["deliveries"] = delivered;
  trial.counts["messages_total"] = published + delivered;
  trial.metrics.push_back(joint_rate(reports, delivered, Unit::messages_per_second));
  gather(reports, trial);
  const auto all = static_cast<std::int64_t>(publishers_of(spec) * topics_of(spec).each);
  if (unwanted != 0) {
    reject(trial, fmt::format("{} messages reached subscribers that had not asked for their topic",
                              unwanted));
  }
  if (published != all) {
    reject(trial, fmt::format("{} messages reached the broker, not {}", published, all));
  }
}

}  // namespace

}  // namespace broker

ScenarioEntry broker_scenario() {
  ScenarioEntry entry;
  entry.name = "broker";
  entry.awaits_answers = true;
  entry.summary = "publish and subscribe: each message reaches exactly those who want its topic";
  entry.timed = false;
  entry.options = {
      count_option("senders", broker::default_publishers, "how many publish", 1, max_processes),
      count_option("receivers", broker::default_subscribers, "how many subscribe", 1,
                   max_processes),
      count_option("topics", broker::default_topics, "how many topics there are", 1,
                   broker::max_topics),
      count_option("count", broker::default_count, "messages of each publisher")};
  entry.faults = {{"stray", "each subscriber is sent a topic more than it wants"},
                  {"miss", "one subscriber is not sent one of its topics"}};
  entry.processes =
      "1 broker, senders (2) publishers, receivers (4) subscribers; over ZeroMQ the broker is a "
      "proxy between an XSUB and an XPUB socket, over all others a process that sorts by topic";
  entry.invariants = {
      "each subscriber gets every message of its topics exactly once, each publisher's in order",
      "no subscriber gets a message of another topic",
      "everything published before the end is delivered, then everybody ends"};
  entry.figures = {
      rate_figure(Unit::messages_per_second,
                  "Messages that reach subscribers in a second, all together."),
      time_figure("delivery", "From a publisher's sending to the arrival at each subscriber."),
      count_figure("published", "Messages that reached the broker."),
      count_figure("deliveries", "Messages that reached a subscriber."),
  };
  entry.notes = {send_queue_note};
  entry.layout = broker::layout;
  entry.work = broker::work;
  entry.reduce = broker::reduce;
  return entry;
}

}  // namespace ipcmark
