// Open-loop load: message k is due at t0 + k/rate (or at seeded Poisson times), whether or not the
// one before has arrived. Its due time travels in it, so that a stall is seen by every message it
// delays and not by one: free of coordinated omission (G. Tene, "How NOT to Measure Latency").
//
//   response = received - due    what a user waits; the figure that counts
//   service  = received - sent   the mechanism's own part, and reading the payload
//   lag      = sent - due        what the sender was late, because the channel was full or it ran
//   late
//
// A full channel makes the sender wait and its lag grow; nothing is skipped. All times are
// CLOCK_MONOTONIC, one clock on one machine.
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "backends/saturating.hpp"
#include "results/console/load_view.hpp"
#include "scenarios/figures.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/timed/arrival_count.hpp"
#include "scenarios/timed/arrival_schedule.hpp"
#include "scenarios/timed/load_figures.hpp"
#include "scenarios/timed/load_replay.hpp"
#include "scenarios/timed/load_stamps.hpp"
#include "scenarios/timed/load_tracker.hpp"
#include "scenarios/timed/replayed.hpp"
#include "scenarios/timing/bursts.hpp"
#include "scenarios/timing/due_time.hpp"
#include "scenarios/timing/stop_condition.hpp"
#include "scenarios/traffic/channel_fit.hpp"
#include "scenarios/traffic/delivery_tracker.hpp"
#include "scenarios/traffic/message_ends.hpp"
#include "scenarios/traffic/message_sizes.hpp"
#include "scenarios/traffic/payload.hpp"
#include "scenarios/traffic/replay_file.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {

namespace {

constexpr std::int64_t default_rate = 10'000;
constexpr std::int64_t poisson = 1;
constexpr std::uint64_t second = 1'000'000'000;

// Of bursts, on the average.
std::int64_t rate_of(const RunSpec& spec) {
  const Bursts bursts(spec);
  return bursts.on() ? std::llround(bursts.rate()) : spec.option("rate");
}
double exact_rate_of(const RunSpec& spec) {
  const Bursts bursts(spec);
  return bursts.on() ? bursts.rate() : static_cast<double>(spec.option("rate"));
}

// Where some may get lost, the payload behind the times tells the message's number.
std::size_t min_bytes(const RunSpec& spec, const BackendEntry* backend) {
  const bool numbered = backend != nullptr && may_lose(*backend, spec);
  return stamps_bytes(spec) + (numbered ? short_stamp_bytes : 0);
}

Layout layout(const RunSpec& spec, const BackendEntry* backend) {
  if (!spec.replay.empty()) return replay_layout(spec);
  Layout result;
  if (rate_of(spec) < 1 || rate_of(spec) > static_cast<std::int64_t>(second)) {
    result.unsupported_reason = "needs a rate between 1 and 1000000000 messages a second";
  } else if (MessageSizes(spec).smallest() < min_bytes(spec, backend)) {
    result.unsupported_reason =
        fmt::format("needs messages of at least {} bytes{}", min_bytes(spec, backend),
                    has_sealed_stamps(spec) ? " with --verify" : "");
  }
  if (!spec.burst.empty() && spec.option("schedule") == poisson) {
    result.unsupported_reason = "needs schedule=fixed: bursts have their own";
  }
  result.shared_bytes = sizeof(LoadShared);
  result.roles = {"sender", "receiver"};
  result.channels = {{channel_of(spec), {0}, {1}}};
  return result;
}

bool full_speed(const RunSpec& spec) { return rate_of(spec) >= unlimited_rate; }

// Which messages are offered and which of them count. At full speed all are due at once, so that
// warm-up and duration go by the clock when one is sent instead of when it was due.
class Offer {
 public:
  Offer(const RunSpec& spec, std::uint64_t begin_ns)
      : messages_(spec.messages),
        measured_ns_(begin_ns + spec.warmup_ns),
        end_ns_(saturating_sum(measured_ns_, spec.duration_ns)),
        latest_ns_(saturating_sum(end_ns_, longest_overtime_ns)),
        by_clock_(full_speed(spec)) {}

  // Before each message: whether there is another.
  bool goes_on(std::uint64_t due_ns, std::uint64_t now_ns) const {
    if (messages_ != 0) return counted_ < messages_;
    return (by_clock_ ? now_ns : due_ns) < end_ns_ && now_ns < latest_ns_;
  }
  std::uint64_t counted() const { return counted_; }
  // Whether the sender ended before all was offered.
  bool gave_up(std::uint64_t due_ns) const {
    return messages_ == 0 && !by_clock_ && due_ns < end_ns_;
  }
  bool counts(std::uint64_t due_ns, std::uint64_t sent_ns) {
    const bool measured = (by_clock_ ? sent_ns : due_ns) >= measured_ns_;
    counted_ += measured ? 1U : 0U;
    return measured;
  }

 private:
  std::uint64_t messages_, measured_ns_, end_ns_;
  // The rate does not come through to a sender that is later than this, and the rest of what it
  // should send could take hours.
  std::uint64_t latest_ns_;
  std::uint64_t counted_ = 0;
  bool by_clock_;
};

Status run_sender(WorkerContext& context) {
  constexpr std::uint32_t channel = 0;
  const RunSpec& spec = context.spec();
  Sender& sender = context.sender(channel);
  MessageBuffer buffer(spec.size);
  const MessageSizes sizes(spec);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  const std::uint64_t begin = now_ns() + spin_before_ns;
  ArrivalSchedule schedule(rate_of(spec), spec.option("schedule") == poisson, spec.seed, begin);
  const Bursts bursts(spec);
  const auto due_of = [&](std::uint64_t number) {
    return bursts.on() ? bursts.due_ns(begin, number) : schedule.next();
  };
  Offer offer(spec, begin);
  DueWait wait;
  const bool touch = spec.touch == Touch::full;
  const std::uint64_t seed = channel_seed(spec, channel);
  const Verify verify = verify_on(context, channel);
  std::uint64_t sent = 0;
  std::uint64_t due = due_of(0);
  std::uint64_t now = begin;
  while (offer.goes_on(due, now)) {
    context.progress().leave();
    // It lies ready when it is due.
    const std::span<std::byte> message = buffer.span().first(sizes.of(sent));
    if (touch) touch_write(message, sent);
    stamp_message(message.subspan(stamps_bytes(spec)), {0, sent}, seed, verify);
    now = wait.until(due);
    const Stamps stamps{due | (offer.counts(due, now) ? measured_bit : 0), now};
    write_stamps(message, stamps, spec, seed);
    context.progress().enter(Operation::send, channel);
    if (const Status done = sender.send(message, Deadline::never()); !done) return done;
    // What a sender gathers belongs to its burst.
    if (bursts.on() && bursts.is_last(sent)) {
      if (const Status done = sender.flush(Deadline::never()); !done) return done;
    }
    context.progress().count(++sent);
    due = due_of(sent);
  }
  wait.account(context.report().cost);
  load_shared(context).sent[channel].publish(sent);
  context.progress().enter(Operation::close, channel);
  if (const Status closed = sender.close(Deadline::never()); !closed) return closed;
  context.report().tallies["offered"] = static_cast<std::int64_t>(sent);
  if (context.lossy(channel)) note_sending(context.report(), sent, begin, now_ns());
  context.report().tallies["offered_measured"] = static_cast<std::int64_t>(offer.counted());
  context.report().tallies["gave_up"] = offer.gave_up(due) ? 1 : 0;
  context.report().ok = true;
  return {};
}

// All its memory is there before the first message, and does not grow.
struct Arrivals {
  Histogram response, service, lag;
  ArrivalCount measured;
  std::uint64_t all = 0, negative = 0;
  std::uint64_t first_due = 0, first_sent = 0, last_due = 0;
};

void enter(Arrivals& arrivals, const Stamps& stamps, std::uint64_t now) {
  if (arrivals.first_due == 0) {
    arrivals.first_due = stamps.due;
    arrivals.first_sent = stamps.sent;
  }
  arrivals.last_due = stamps.due;
  // One clock: a message cannot arrive before it was sent. Counted, never clamped.
  if (now < stamps.sent || stamps.sent < stamps.due) {
    ++arrivals.negative;
    return;
  }
  arrivals.response.record(now - stamps.due);
  arrivals.service.record(now - stamps.sent);
  arrivals.lag.record(stamps.sent - stamps.due);
  arrivals.measured.add(now);
}

double since(std::uint64_t from, std::uint64_t to) {
  return to > from ? static_cast<double>(to - from) : 0;
}

// Of the messages offered, how many had come when the last was due.
double achieved_share(const Arrivals& arrivals, const RunSpec& spec) {
  const auto measured = static_cast<double>(arrivals.measured.count());
  if (measured == 0) return 0;
  // A channel that keeps up is behind by what is under way.
  const auto shortest = static_cast<double>(arrivals.service.min());
  // Of bursts the last one, which is due as a whole.
  const double under_way =
      exact_rate_of(spec) * shortest / 1e9 + 1 + static_cast<double>(Bursts(spec).messages());
  // A run that is over before its first messages can be there: only how long it took tells.
  if (measured >= 10 && under_way > measured / 2) {
    const double planned_ns = since(arrivals.first_due, arrivals.last_due);
    const double took_ns = since(arrivals.first_due, arrivals.measured.last_ns());
    return planned_ns / std::max(planned_ns, took_ns - shortest);
  }
  return std::min(1.0, (arrivals.measured.until(arrivals.last_due) + under_way) / measured);
}

std::vector<Metric> metrics_of(const Arrivals& arrivals, const RunSpec& spec) {
  const std::uint64_t measured = arrivals.measured.count();
  // At full speed what was due at the beginning waits for what was warm-up.
  const std::uint64_t first = full_speed(spec) ? arrivals.first_sent : arrivals.first_due;
  const double took_s = since(first, arrivals.measured.last_ns()) / 1e9;
  const double achieved = took_s > 0 ? static_cast<double>(measured) / took_s : 0;
  return {{"offered_rate", exact_rate_of(spec), Unit::messages_per_second, measured},
          {"achieved_rate", achieved, Unit::messages_per_second, measured},
          {"achieved_share", achieved_share(arrivals, spec), Unit::ratio, measured}};
}

void report(WorkerReport& report, Arrivals& arrivals, const RunSpec& spec) {
  if (spec.replay.empty()) {
    report.metrics = metrics_of(arrivals, spec);
  } else {
    report.tallies["last_ns"] = static_cast<std::int64_t>(arrivals.measured.last_ns());
    report.tallies["shortest_ns"] = static_cast<std::int64_t>(arrivals.service.min());
  }
  report.histograms.insert_or_assign("response", std::move(arrivals.response));
  report.histograms.insert_or_assign("service", std::move(arrivals.service));
  report.histograms.insert_or_assign("lag", std::move(arrivals.lag));
  report.tallies["messages"] = static_cast<std::int64_t>(arrivals.measured.count());
  report.tallies["messages_total"] = static_cast<std::int64_t>(arrivals.all);
  report.tallies["negative_samples"] = static_cast<std::int64_t>(arrivals.negative);
  report.ok = true;
}

// The times of the message that arrived as that `number`, which is entered into the account;
// corrupt: it is not what was sent, as far as is verified.
Result<Stamps> examined(std::span<const std::byte> message, std::uint64_t number,
                        const OfferedSizes& sizes, const RunSpec& spec, std::uint64_t seed,
                        LoadTracker& tracker) {
  // After one that is missing, each stands in the place of the one before it: which it is, and so
  // how long, says its seal.
  const bool sealed = sizes.several() && has_sealed_stamps(spec) && sizes.has(message.size());
  if (const std::uint64_t due = sizes.of(number); message.size() != due && !sealed) {
    tracker.arrived(message, due);
    return not_intact(Finding::wrong_length);
  }
  const auto stamps = read_stamps(message, spec, seed);
  if (!stamps) {
    tracker.damaged();
    return not_intact(Finding::corrupted);
  }
  const auto payload = message.subspan(stamps_bytes(spec));
  const Status intact = judged(tracker.arrived(payload, payload.size()));
  if (!intact) return tl::make_unexpected(intact.error());
  return *stamps;
}

// `replayed`: null where messages come at a rate.
Status run_receiver(WorkerContext& context, const Replayed* replayed) {
  const RunSpec& spec = context.spec();
  const std::uint32_t channel = channel_index(context);
  Receiver& receiver = context.receiver(channel);
  MessageBuffer buffer(spec.size);
  const OfferedSizes sizes(spec, replayed);
  Arrivals arrivals;
  LoadTracker tracker(context, channel);
  const std::uint64_t seed = channel_seed(spec, channel);
  const bool touch = spec.touch == Touch::full;
  const bool stalls = spec.fault == "stall";
  SampleLog* const samples = context.samples();
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  const std::uint64_t stall_at = now_ns() + spec.warmup_ns + spec.duration_ns / 2;
  bool stalled = false;
  for (;;) {
    context.progress().enter(Operation::receive, channel);
    const auto size = receiver.receive(buffer.span(), Deadline::never());
    if (!size && size.error().code == Errc::closed) break;
    if (!size) return tl::make_unexpected(size.error());
    if (touch) keep(touch_read(buffer.span().first(*size)));
    const std::uint64_t now = now_ns();
    context.progress().count(++arrivals.all);
    const auto stamps =
        examined(buffer.span().first(*size), arrivals.all - 1, sizes, spec, seed, tracker);
    if (!stamps) return tl::make_unexpected(stamps.error());
    if ((stamps->due & measured_bit) != 0) {
      const Stamps times{stamps->due & ~measured_bit, stamps->sent};
      enter(arrivals, times, now);
      if (samples != nullptr && now >= times.due) samples->add(times.due, now - times.due);
    }
    if (stalls && !stalled && now >= stall_at) {
      stalled = context.inject("stall");
      constexpr timespec stall{0, 100'000'000};
      clock_nanosleep(CLOCK_MONOTONIC, 0, &stall, nullptr);
    }
  }
  report(context.report(), arrivals, spec);
  tracker.settle(load_shared(context).sent[channel].published());
  return {};
}

Status replay(WorkerContext& context) {
  const RunSpec& spec = context.spec();
  const auto file = replay_of(spec);
  if (!file) {
    context.report().reason = file.error();
    return {};
  }
  const Replayed replayed((*file)->replay, channel_index(context), spec.warmup_ns);
  return context.role() == "sender" ? run_replay_sender(context, replayed)
                                    : run_receiver(context, &replayed);
}

Status work(WorkerContext& context) {
  if (!context.spec().replay.empty()) return replay(context);
  return context.role() == "sender" ? run_sender(context) : run_receiver(context, nullptr);
}

// Why the trial has no times; empty: it has.
std::string saturation(const RunSpec& spec, const Trial& trial, bool gave_up) {
  const std::string rate = fmt::format("{} messages a second", rate_of(spec));
  if (full_speed(spec)) return "saturated: all messages were due at once";
  if (gave_up) {
    return fmt::format("saturated: of {} the sender was {} s late at the end", rate,
                       longest_overtime_ns / second);
  }
  const double share = trial.metric("achieved_share")->value;
  if (share >= saturated_below) return {};
  return fmt::format("saturated: {:.0f} % of {} came in time", 100 * share, rate);
}

std::string contradiction(const RunSpec& spec, const Trial& trial) {
  const auto count = [&trial](const char* name) {
    const auto found = trial.counts.find(name);
    return found == trial.counts.end() ? 0 : found->second;
  };
  if (!trial.counts.contains("offered")) return "has no offered";
  auto wrong = wrong_count(trial, "messages_total", count("offered"));
  if (wrong.empty() && spec.messages != 0) {
    wrong = wrong_count(trial, "messages", static_cast<std::int64_t>(spec.messages));
  }
  if (!wrong.empty()) return wrong;
  const auto response = trial.histograms.find("response");
  if (count("saturated") > 0) {
    return response == trial.histograms.end() ? "" : "says saturated, and has a response";
  }
  if (full_speed(spec)) return "has a response, though all messages were due at once";
  const Metric* share = trial.metric("achieved_share");
  if (share == nullptr) return "has no achieved_share";
  if (!(share->value >= saturated_below)) {
    return fmt::format("has a response, though {:.3g} of the messages came in time", share->value);
  }
  return wrong_count(
      trial, "messages",
      static_cast<std::int64_t>(response->second.count()) + count("negative_samples"));
}

// Of a mechanism that may lose messages: what was lost had not come when the last was due.
void count_losses(const WorkerReport& sender, Trial& trial) {
  const auto offered = static_cast<double>(count_of(sender, "offered_measured"));
  const auto came = static_cast<double>(trial.counts["messages"]);
  for (Metric& metric : trial.metrics) {
    if (metric.name == "achieved_share" && offered > came) metric.value *= came / offered;
  }
}

void reduce(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  if (!spec.replay.empty()) return reduce_replay(spec, reports, trial);
  const WorkerReport& receiver = report_of(reports, "receiver");
  trial.metrics.insert(trial.metrics.end(), receiver.metrics.begin(), receiver.metrics.end());
  publish(receiver, {"messages", "messages_total", "negative_samples"}, trial);
  const WorkerReport& sender = report_of(reports, "sender");
  const std::int64_t offered = count_of(sender, "offered");
  trial.counts["offered"] = offered;
  gather(reports, trial);
  publish_losses(reports, trial);
  if (has_losses(receiver)) count_losses(sender, trial);
  if (trial.state == State::failed)
    return;  // for what is not intact, whether or not it came in time
  const std::int64_t arrived = count_of(receiver, "messages_total");
  if (arrived != offered && !has_losses(receiver)) {
    return reject(trial, fmt::format("{} of {} messages arrived", arrived, offered));
  }
  if (std::string why = saturation(spec, trial, count_of(sender, "gave_up")); !why.empty()) {
    // Whatever was measured is the queue's length, which grows as long as the run lasts.
    trial.counts["saturated"] = 1;
    trial.reason = std::move(why) + "; no latency is published for that rate";
    return;
  }
  trial.histograms = receiver.histograms;
}

}  // namespace

ScenarioEntry load_scenario() {
  ScenarioEntry entry;
  entry.name = "load";
  entry.summary =
      "open loop: messages at a given rate, and how long each takes from when it is due";
  entry.on_request = true;
  entry.mixes_sizes = true;
  entry.bursts = true;
  entry.replays = true;
  entry.options = {
      rate_option("rate", default_rate, "messages offered a second", std::int64_t{second}),
      word_option("schedule", {"fixed", "poisson"},
                  "when they are due\nfixed: evenly. poisson: at random.")};
  entry.faults = {{"stall", "the receiver does nothing for 100 ms in the middle"}};
  entry.processes = "1 sender, 1 receiver; with --replay as many for each channel of the file";
  entry.measures_losses = true;
  entry.invariants = {
      "every message offered arrives once, in order, with its length; with --verify also its bytes",
      "of a mechanism that may lose messages: what arrives was offered, once and in order",
      "no message arrives before it was sent (counted as negative_samples)"};
  entry.figures = load_figures();
  entry.answer = Answer{
      .exchange = Exchange::offered, .figure = "response", .quantile = 0.5, .amount = "rate"};
  entry.notes = {
      "with --replay FILE the messages are those of a file: each line has a time, a size and, if "
      "any, a channel, apart by blanks or commas; '#' begins a comment, and the first line may be "
      "time,size,channel",
      "of a replay: times are seconds (12.000250) or have a unit (1.5ms), ascend, and count from "
      "the first; sizes are bytes or have a unit (4KiB); a channel is a number, 0 where it is left "
      "out, and has a sender and a receiver of its own, at most 64 different ones in a file",
      "of a replay: the file is measured once in each trial, as a whole; before that its beginning "
      "is sent for as long as the warm-up lasts"};
  entry.view = ScenarioView::load;
  entry.layout = layout;
  entry.work = work;
  entry.reduce = reduce;
  entry.contradiction = contradiction;
  return entry;
}

}  // namespace ipcmark
