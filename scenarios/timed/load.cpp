// Open-loop load: message k is due at t0 + k/rate (or at seeded Poisson times), whether or not the
// one before has arrived. Its due time travels in it, so that a stall is seen by every message it
// delays and not by one: free of coordinated omission (G. Tene, "How NOT to Measure Latency").
//
//   response = received - due    what a user waits; the figure that counts
//   service  = received - sent   the mechanism's own part
//   lag      = sent - due        what the sender was late, because the channel was full or it ran
//   late
//
// A full channel makes the sender wait and its lag grow; nothing is skipped. All times are
// CLOCK_MONOTONIC, one clock on one machine.
#include <fmt/format.h>
#include <time.h>

#include <cmath>
#include <cstring>

#include "results/console/load_view.hpp"
#include "results/splitmix.hpp"
#include "scenarios/figures.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/timing/due_time.hpp"
#include "scenarios/traffic/channel_fit.hpp"
#include "scenarios/traffic/message_ends.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {

namespace {

constexpr std::size_t channel_index = 0;
constexpr std::int64_t usual_rate = 10'000;
constexpr std::int64_t poisson = 1;
constexpr std::uint64_t second = 1'000'000'000;
constexpr double saturated_below = 0.99;  // of what was offered

struct Stamps {
  std::uint64_t due = 0;  // and `measured_bit`, unless it belongs to the warm-up
  std::uint64_t sent = 0;
};
// The sender alone decides which messages count: the receiver may pass the start line later.
constexpr std::uint64_t measured_bit = std::uint64_t{1} << 63U;

std::int64_t rate_of(const RunSpec& spec) { return spec.option("rate"); }

Layout layout(const RunSpec& spec, const BackendEntry*) {
  Layout result;
  if (rate_of(spec) < 1 || rate_of(spec) > static_cast<std::int64_t>(second)) {
    result.refusal = "needs a rate between 1 and 1000000000 messages a second";
  } else if (spec.size < sizeof(Stamps)) {
    result.refusal = fmt::format("needs messages of at least {} bytes", sizeof(Stamps));
  }
  result.roles = {"sender", "receiver"};
  result.channels = {{channel_of(spec), {0}, {1}}};
  return result;
}

// Due times in order: every 1/rate, or with exponentially distributed gaps of that mean.
class Schedule {
 public:
  Schedule(const RunSpec& spec, std::uint64_t begin)
      : begin_(begin),
        gap_ns_(static_cast<double>(second) / static_cast<double>(rate_of(spec))),
        poisson_(spec.option("schedule") == poisson),
        state_(spec.seed) {}

  std::uint64_t next() {
    const double offset = offset_;
    ++count_;
    // Multiplied, not added up: no error accumulates.
    offset_ =
        poisson_ ? offset_ - gap_ns_ * std::log(uniform()) : gap_ns_ * static_cast<double>(count_);
    return begin_ + static_cast<std::uint64_t>(offset);
  }

 private:
  // In (0, 1].
  double uniform() { return static_cast<double>((next_random(state_) >> 11U) + 1) * 0x1.0p-53; }
  std::uint64_t begin_;
  double gap_ns_;
  bool poisson_;
  std::uint64_t state_;
  double offset_ = 0;
  std::uint64_t count_ = 0;
};

Status run_sender(WorkerContext& context) {
  const RunSpec& spec = context.spec();
  Sender& sender = context.sender(channel_index);
  MessageBuffer buffer(spec.size);
  if (const Status lined = context.line_up(Stage::run); !lined) return lined;
  const std::uint64_t begin = now_ns() + spin_before_ns;
  const std::uint64_t measured = begin + spec.warmup_ns;
  const std::uint64_t end = measured + spec.duration_ns;
  Schedule schedule(spec, begin);
  std::uint64_t sent = 0;
  std::uint64_t due = schedule.next();
  std::uint64_t counted = 0;
  while (spec.messages != 0 ? counted < spec.messages : due < end) {
    context.progress().leave();
    const bool counts = due >= measured;
    const Stamps stamps{due | (counts ? measured_bit : 0), wait_until(due)};
    std::memcpy(buffer.span().data(), &stamps, sizeof stamps);
    context.progress().enter(Operation::send, channel_index);
    if (const Status done = sender.send(buffer.span(), Deadline::never()); !done) return done;
    context.progress().count(++sent);
    counted += counts ? 1U : 0U;
    due = schedule.next();
  }
  context.progress().enter(Operation::close, channel_index);
  if (const Status closed = sender.close(Deadline::never()); !closed) return closed;
  context.report().tallies["offered"] = static_cast<std::int64_t>(sent);
  context.report().ok = true;
  return {};
}

struct Arrivals {
  Histogram response, service, lag;
  std::vector<std::uint64_t> at;  // when each measured one arrived
  std::uint64_t all = 0, negative = 0, wrong_length = 0, late = 0;
  std::uint64_t first_due = 0, last_due = 0, last_at = 0;
};

void enter(Arrivals& arrivals, const Stamps& stamps, std::uint64_t now) {
  if (arrivals.first_due == 0) arrivals.first_due = stamps.due;
  arrivals.last_due = stamps.due;
  arrivals.last_at = now;
  // One clock: a message cannot arrive before it was sent. Counted, never clamped.
  if (now < stamps.sent || stamps.sent < stamps.due) {
    ++arrivals.negative;
    return;
  }
  arrivals.response.record(now - stamps.due);
  arrivals.service.record(now - stamps.sent);
  arrivals.lag.record(stamps.sent - stamps.due);
  arrivals.at.push_back(now);
}

void report(WorkerReport& report, Arrivals& arrivals, const RunSpec& spec) {
  // What had come when the last one was due: a channel that keeps up is behind by what is under
  // way.
  std::uint64_t in_time = 0;
  for (const std::uint64_t at : arrivals.at) in_time += at <= arrivals.last_due ? 1U : 0U;
  const auto measured = static_cast<double>(arrivals.at.size());
  const double under_way =
      arrivals.at.empty()
          ? 0
          : static_cast<double>(rate_of(spec)) * static_cast<double>(arrivals.service.min()) / 1e9 +
                1;
  const double took_ns = static_cast<double>(arrivals.last_at - arrivals.first_due);
  const double planned_ns = static_cast<double>(arrivals.last_due - arrivals.first_due);
  double achieved =
      measured > 0 ? std::min(1.0, (static_cast<double>(in_time) + under_way) / measured) : 0;
  // A run that is over before its first messages can be there: only how long it took tells.
  if (measured >= 10 && under_way > measured / 2) {
    const double late_ns = took_ns - static_cast<double>(arrivals.service.min());
    achieved = planned_ns / std::max(planned_ns, late_ns);
  }
  const double took_s = took_ns / 1e9;
  report.metrics = {{"offered_rate", static_cast<double>(rate_of(spec)), Unit::messages_per_second,
                     arrivals.at.size()},
                    {"achieved_rate", took_s > 0 ? measured / took_s : 0, Unit::messages_per_second,
                     arrivals.at.size()},
                    {"achieved_share", achieved, Unit::ratio, arrivals.at.size()}};
  report.histograms["response"] = std::move(arrivals.response);
  report.histograms["service"] = std::move(arrivals.service);
  report.histograms["lag"] = std::move(arrivals.lag);
  report.tallies["messages"] = static_cast<std::int64_t>(arrivals.at.size());
  report.tallies["messages_total"] = static_cast<std::int64_t>(arrivals.all);
  report.tallies["negative_samples"] = static_cast<std::int64_t>(arrivals.negative);
  report.integrity.checked = arrivals.all;
  report.integrity.wrong_length = arrivals.wrong_length;
  report.ok = true;
}

Status run_receiver(WorkerContext& context) {
  const RunSpec& spec = context.spec();
  Receiver& receiver = context.receiver(channel_index);
  MessageBuffer buffer(spec.size);
  Arrivals arrivals;
  const std::uint64_t seconds = spec.duration_ns / second + 1;
  arrivals.at.reserve(spec.messages != 0 ? spec.messages
                                         : seconds * static_cast<std::uint64_t>(rate_of(spec)));
  const bool stalls = spec.fault == "stall";
  SampleLog* const samples = context.samples();
  if (const Status lined = context.line_up(Stage::run); !lined) return lined;
  const std::uint64_t stall_at = now_ns() + spec.warmup_ns + spec.duration_ns / 2;
  bool stalled = false;
  for (;;) {
    context.progress().enter(Operation::receive, channel_index);
    const auto size = receiver.receive(buffer.span(), Deadline::never());
    const std::uint64_t now = now_ns();
    if (!size && size.error().code == Errc::closed) break;
    if (!size) return tl::make_unexpected(size.error());
    context.progress().count(++arrivals.all);
    if (*size != spec.size) {
      ++arrivals.wrong_length;
      continue;
    }
    Stamps stamps;
    std::memcpy(&stamps, buffer.span().data(), sizeof stamps);
    if ((stamps.due & measured_bit) != 0) {
      stamps.due &= ~measured_bit;
      enter(arrivals, stamps, now);
      if (samples != nullptr && now >= stamps.due) samples->add(stamps.due, now - stamps.due);
    }
    if (stalls && !stalled && now >= stall_at) {
      stalled = context.inject("stall");
      constexpr timespec stall{0, 100'000'000};
      clock_nanosleep(CLOCK_MONOTONIC, 0, &stall, nullptr);
    }
  }
  report(context.report(), arrivals, spec);
  return {};
}

Status work(WorkerContext& context) {
  return context.role() == "sender" ? run_sender(context) : run_receiver(context);
}

void reduce(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  const WorkerReport& receiver = report_of(reports, "receiver");
  trial.metrics.insert(trial.metrics.end(), receiver.metrics.begin(), receiver.metrics.end());
  publish(receiver, {"messages", "messages_total", "negative_samples"}, trial);
  const std::int64_t offered = count_of(report_of(reports, "sender"), "offered");
  trial.counts["offered"] = offered;
  gather(reports, trial);
  const std::int64_t arrived = count_of(receiver, "messages_total");
  if (arrived != offered) {
    return reject(trial, fmt::format("{} of {} messages arrived", arrived, offered));
  }
  const Metric* achieved = trial.metric("achieved_share");
  if (achieved != nullptr && achieved->value < saturated_below) {
    // Whatever was measured is the queue's length, which grows as long as the run lasts.
    trial.counts["saturated"] = 1;
    trial.reason = fmt::format(
        "saturated: {:.0f} % of {} messages a second came in time; no latency is published for "
        "that rate",
        100 * achieved->value, rate_of(spec));
    return;
  }
  trial.histograms = receiver.histograms;
}

std::vector<FigureEntry> figures() {
  return {
      {.name = "response",
       .unit = Unit::nanoseconds,
       .better = Better::lower,
       .sentence = "From when a message was due to its arrival, so that a stall is seen by every "
                   "message it delays.",
       .as = Recorded::histogram,
       .headline = true,
       .quantiles = Quantiles::all},
      {.name = "service",
       .unit = Unit::nanoseconds,
       .better = Better::lower,
       .sentence = "From just before sending to the arrival.",
       .as = Recorded::histogram,
       .quantiles = Quantiles::all},
      {.name = "lag",
       .unit = Unit::nanoseconds,
       .better = Better::lower,
       .sentence = "From when a message was due to just before it was sent: the sender's lateness, "
                   "waiting for a full channel included.",
       .as = Recorded::histogram,
       .quantiles = Quantiles::all},
      {.name = "achieved_rate",
       .unit = Unit::messages_per_second,
       .better = Better::higher,
       .sentence =
           "Messages over the time from the first one's due time to the last one's arrival."},
      {.name = "achieved_share",
       .unit = Unit::ratio,
       .better = Better::higher,
       .sentence =
           "Of the messages offered, how many had come when the last was due, those under way "
           "counted in. Below 0.99 the mechanism is saturated, and no times are published."},
      {.name = "offered_rate",
       .unit = Unit::messages_per_second,
       .better = Better::higher,
       .sentence = "The rate that was asked for.",
       .column = false},
      {.name = highest_rate_metric,
       .unit = Unit::messages_per_second,
       .better = Better::higher,
       .sentence = "The highest rate found whose 99th percentile of the response time stayed "
                   "within the limit asked for (p99_limit_ns)."},
      count_figure("p99_limit_ns", "That limit.", Proof::none, Unit::nanoseconds),
      count_figure("offered", "Messages that were offered."),
      count_figure("messages", "Messages that were measured."),
      count_figure("saturated", "1: the rate does not come through."),
      count_figure("negative_samples", "Messages that seem to have come before they were sent."),
  };
}

}  // namespace

ScenarioEntry load_scenario() {
  ScenarioEntry entry;
  entry.name = "load";
  entry.summary =
      "open loop: messages at a given rate, and how long each takes from when it is due";
  entry.on_request = true;
  entry.options = {
      rate_option("rate", usual_rate, "messages offered a second", std::int64_t{second}),
      word_option("schedule", {"fixed", "poisson"}, "when they are due: evenly, or at random")};
  entry.faults = {{"stall", "the receiver does nothing for 100 ms in the middle"}};
  entry.processes = "1 sender, 1 receiver";
  entry.invariants = {"every message offered arrives, with its length",
                      "no message arrives before it was sent (counted as negative_samples)"};
  entry.figures = figures();
  entry.answer = Answer{
      .exchange = Exchange::offered, .figure = "response", .quantile = 0.5, .amount = "rate"};
  entry.view = ScenarioView::load;
  entry.layout = layout;
  entry.work = work;
  entry.reduce = reduce;
  return entry;
}

}  // namespace ipcmark
