// Streams both ways at once between two peers, over one pair of channels.
//
// Each peer is one thread, as an event loop is: it sends while there is room, takes what has come,
// and sleeps only when it can do neither. It never waits for room while it could receive, so two
// full channels are no deadlock, however little they hold (--fault naive does wait, and must be
// found). Both go on until both directions have been measured: no direction is measured alone.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "backends/wait_set.hpp"
#include "scenarios/figures.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/timed/stream_meter.hpp"
#include "scenarios/traffic/channel_fit.hpp"
#include "scenarios/traffic/message_ends.hpp"
#include "scenarios/traffic/reports.hpp"
#include "scenarios/traffic/send_queue.hpp"

namespace ipcmark {

namespace duplex_detail {
namespace {

// Messages sent, or taken, before the other is tried again.
constexpr unsigned messages_in_turn = 16;
constexpr const char* naive = "naive";

struct Shared {
  alignas(64) std::atomic<std::uint32_t> measured[2];  // by who receives: the direction is measured
  alignas(64) SentCount sent[2];                       // by who sends, before it closes
};

Layout layout(const RunSpec& spec, const BackendEntry*) {
  Layout result;
  const ChannelSpec channel = channel_of(spec);
  result.shared_bytes = sizeof(Shared);
  result.roles = {"left", "right"};
  result.channels = {{channel, {0}, {1}}, {channel, {1}, {0}}};
  return result;
}

// Worker i sends into channel i, and receives from the other.
class Peer {
 public:
  explicit Peer(WorkerContext& context)
      : context_(context),
        to_(context.index()),
        from_(1 - to_),
        shared_(context.shared_as<Shared>()),
        out_(context.sender(to_), context.spec(), 0, to_),
        in_(context, 1, from_),
        set_(context.spec().wait) {
    set_.add(context.receiver(from_));
  }

  Status run() {
    if (const Status ready = context_.barrier(Stage::run); !ready) return ready;
    start_ns_ = now_ns();
    meter_.emplace(context_, start_ns_);
    if (context_.inject(naive)) return send_alone();
    context_.progress().enter(Operation::wait_set, static_cast<std::uint32_t>(from_));
    while (!closed_ || !ended_) {
      const auto moved = turn();
      if (!moved) return tl::make_unexpected(moved.error());
      if (*moved) continue;
      if (const Status waited = wait(); !waited) return waited;
    }
    report();
    return {};
  }

 private:
  // The fault: waits for room, and for nothing else.
  Status send_alone() {
    context_.progress().enter(Operation::send, static_cast<std::uint32_t>(to_));
    for (;;) {
      if (const Status sent = out_.send_next(); !sent) return sent;
      context_.progress().count(out_.sent());
    }
  }

  // Sends, then takes; whether anything has moved.
  Result<bool> turn() {
    const auto sent = closed_ ? Result<bool>{false} : ended_ || over() ? try_close() : send_some();
    if (!sent) return sent;
    const auto taken = ended_ ? Result<bool>{false} : take_some();
    if (!taken) return taken;
    return *sent || *taken;
  }

  bool over() const {
    return shared_.measured[0].load(std::memory_order_relaxed) != 0 &&
           shared_.measured[1].load(std::memory_order_relaxed) != 0;
  }

  Result<bool> send_some() {
    for (unsigned i = 0; i < messages_in_turn; ++i) {
      const Status sent = out_.send_if_room();
      if (sent) continue;
      if (!is_wait_over(sent.error())) return tl::make_unexpected(sent.error());
      return i > 0;
    }
    return true;
  }

  Result<bool> try_close() {
    out_.abandon();
    shared_.sent[to_].publish(out_.sent());
    const Status closed = context_.sender(to_).close(Deadline::immediate());
    closed_ = closed.has_value();
    if (!closed && !is_wait_over(closed.error())) return tl::make_unexpected(closed.error());
    return closed_;
  }

  Result<bool> take_some() {
    for (unsigned i = 0; i < messages_in_turn; ++i) {
      const Status got = in_.receive_next(Deadline::immediate());
      ended_ = !got && got.error().code == Errc::closed;
      if (ended_) return true;
      if (!got && is_wait_over(got.error())) return i > 0;
      if (!got) return tl::make_unexpected(got.error());
      if (first_ns_ == 0) first_ns_ = now_ns() - start_ns_;
      if (measuring_ && in_.received() == meter_->due()) {
        measuring_ = meter_->look(in_.received(), in_.bytes());
        if (!measuring_) shared_.measured[from_].store(1, std::memory_order_relaxed);
      }
    }
    return true;
  }

  // For a message. Room is no event that a wait set knows, so it is looked for now and then: the
  // other side sends whenever it has taken, so a message tells of room as well.
  Status wait() {
    if (ended_) {  // the other side sends nothing more, and still takes
      context_.progress().enter(Operation::close, static_cast<std::uint32_t>(to_));
      const Status closed = context_.sender(to_).close(Deadline::never());
      closed_ = closed.has_value();
      return closed;
    }
    if (!closed_) {
      const Status flushed = context_.sender(to_).flush(Deadline::immediate());
      if (!flushed && !is_wait_over(flushed.error())) return flushed;
    }
    const auto ready = set_.wait(closed_ ? Deadline::never() : Deadline::after(send_queue_retry_ns),
                                 context_.open_context());
    if (ready || is_wait_over(ready.error())) return {};
    return tl::make_unexpected(ready.error());
  }

  void report() {
    meter_->report(first_ns_);
    const std::uint64_t sent[] = {shared_.sent[from_].published()};
    in_.settle(sent);
    WorkerReport& report = context_.report();
    report.tallies["received"] = static_cast<std::int64_t>(in_.received());
    report.ok = true;
  }

  WorkerContext& context_;
  std::size_t to_, from_;
  Shared& shared_;
  Outbox out_;
  Inbox in_;
  WaitSet set_;
  std::optional<StreamMeter> meter_;
  std::uint64_t start_ns_ = 0, first_ns_ = 0;
  bool measuring_ = true;
  bool closed_ = false;  // all of the own is sent, and the end after it
  bool ended_ = false;   // likewise of the other side, and all is taken
};

Status work(WorkerContext& context) { return Peer(context).run(); }

// Of both directions together.
double sum_of(const Trial& there, const Trial& back, const char* metric) {
  return there.metric(metric)->value + back.metric(metric)->value;
}

std::string contradiction(const RunSpec& spec, const Trial& trial) {
  const Metric* there = trial.metric("rate_there");
  const Metric* back = trial.metric("rate_back");
  if (there == nullptr || back == nullptr) return "has no rate_there, or no rate_back";
  const double sum = there->value + back->value;
  constexpr double rounding = 0.01;
  if (std::abs(trial.metric("rate")->value - sum) > rounding * sum) {
    return fmt::format("says {:.0f} messages a second both ways, and {:.0f} and {:.0f}",
                       trial.metric("rate")->value, there->value, back->value);
  }
  if (spec.messages == 0) return {};
  return wrong_count(trial, "messages", static_cast<std::int64_t>(2 * spec.messages));
}

void reduce(const RunSpec&, const std::vector<WorkerReport>& reports, Trial& trial) {
  // Who receives measures.
  Trial there;
  Trial back;
  there.metrics = report_of(reports, "right").metrics;
  back.metrics = report_of(reports, "left").metrics;
  const auto messages = [](const Trial& way) { return way.metric("rate")->samples; };
  const std::uint64_t both = messages(there) + messages(back);
  const double first =
      std::max(there.metric("first_message_ns")->value, back.metric("first_message_ns")->value);
  trial.metrics.insert(
      trial.metrics.end(),
      {{"rate", sum_of(there, back, "rate"), Unit::messages_per_second, both},
       {"rate_there", there.metric("rate")->value, Unit::messages_per_second, messages(there)},
       {"rate_back", back.metric("rate")->value, Unit::messages_per_second, messages(back)},
       {"bytes_rate", sum_of(there, back, "bytes_rate"), Unit::bytes_per_second, both},
       {"first_message_ns", first, Unit::nanoseconds}});
  for (const char* name : {"messages", "received"}) {
    for (const WorkerReport& report : reports) trial.counts[name] += count_of(report, name);
  }
  trial.counts["messages_total"] = trial.counts["received"];
  gather(reports, trial);
}

FigureEntry way_figure(const char* name, const char* sentence) {
  return {.name = name,
          .unit = Unit::messages_per_second,
          .better = Better::higher,
          .sentence = sentence};
}

}  // namespace
}  // namespace duplex_detail

ScenarioEntry duplex_scenario() {
  using namespace duplex_detail;
  ScenarioEntry entry;
  entry.name = "duplex";
  entry.summary = "streams both ways at once: messages and bytes a second, each way and together";
  entry.on_request = true;
  entry.checked = true;
  entry.mixes_sizes = true;
  entry.faults = {{naive, "both peers send with calls that wait, and receive nothing"}};
  entry.processes = "2 peers";
  entry.invariants = {
      "each peer gets exactly as many messages as the other sent; with --verify also their bytes",
      "the streams do not block each other, however little the channels hold"};
  entry.figures = {
      rate_figure(Unit::messages_per_second, "Messages received in a second, both ways together."),
      way_figure("rate_there",
                 "From left to right, by the receiver's clock, from its first reading after "
                 "warm-up to its last. The other direction goes on meanwhile."),
      way_figure("rate_back", "From right to left, likewise."),
      bytes_rate_figure("Payload bytes received in a second, both ways together."),
      first_message_figure(
          "Cold: from the start barrier to the first message received, of the later peer."),
      count_figure("received", "Messages that arrived, both ways."),
      count_figure("messages", "Of them, those that were measured."),
  };
  entry.notes = {
      "a peer is one thread that sends while there is room, takes what has come and waits for "
      "messages alone: so no cycle of full channels arises",
      send_queue_note, "--messages counts those of each direction",
      "cpu_per_message: CPU time of both sides over all messages, warm-up included"};
  entry.layout = layout;
  entry.work = work;
  entry.reduce = reduce;
  entry.contradiction = contradiction;
  return entry;
}

}  // namespace ipcmark
