// Ping-pong: one message outstanding, the initiator's clock alone, every round trip recorded and
// never halved. It is closed-loop, so what it measures is service time.
//
// Trips that spin, or stay in one process, may take a few clock readings' time. Such cells measure
// batches of trips as well, in the second half of their time, or for two fifths of the trips asked
// for. Which cells do is told by their key
// alone, never by how fast a trial happens to be: else some trials of a cell would have the figure,
// or one of two neighbouring cells, and others not.
//
// The cost interval (barrier) covers the warm-up too, and so does the count messages_total.
#include <cmath>

#include "scenarios/scenario.hpp"
#include "scenarios/timed/latency_figures.hpp"
#include "scenarios/timed/lossy_trips.hpp"
#include "scenarios/timed/one_way.hpp"
#include "scenarios/timed/pairs.hpp"
#include "scenarios/timing/bursts.hpp"
#include "scenarios/timing/due_time.hpp"
#include "scenarios/timing/fairness.hpp"
#include "scenarios/timing/joint_rate.hpp"
#include "scenarios/timing/stop_condition.hpp"
#include "scenarios/timing/warm_up.hpp"
#include "scenarios/traffic/channel_fit.hpp"
#include "scenarios/traffic/message_ends.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {
namespace {

constexpr std::uint32_t initiator_number = 0;

// Above it, copying there and back alone takes twenty clock readings of 30 ns.
constexpr std::uint64_t largest_of_short_trips = 4096;
constexpr double clock_share_in_batch = 0.01;
// Of an exact number of trips those that are timed in batches; the rest are timed one by one, as
// many as 20 000 in all need for a p99.
constexpr std::uint64_t batched_part(std::uint64_t messages) { return messages * 2 / 5; }

bool one_way(const RunSpec& spec) { return spec.option("one_way") != 0; }

Layout layout(const RunSpec& spec, const BackendEntry* backend) {
  Layout result;
  const ChannelSpec channel = channel_of(spec);
  if (one_way(spec)) {
    result.unsupported_reason =
        in_one_process(*backend, spec) ? needs_two_processes : one_way_unsupported(spec);
    if (pairs_of(spec) > 1)
      result.unsupported_reason = "takes one pair with one_way; leave out --pairs";
  }
  if (may_lose(*backend, spec) && (one_way(spec) || in_one_process(*backend, spec))) {
    result.unsupported_reason =
        one_way(spec) ? "needs every message to arrive" : needs_two_processes;
  }
  result.shared_bytes = sizeof(SentCount);
  if (in_one_process(*backend, spec)) {
    result.roles = {"initiator"};
    result.channels = {{channel, {0}, {0}}, {channel, {0}, {0}}};
  } else {
    result.roles = {"initiator", "echo"};
    result.channels = {{channel, {0}, {1}}, {channel, {1}, {0}}};
  }
  repeat_for_pairs(spec, result);
  return result;
}

template <bool stamped, class Operation>
[[gnu::always_inline]] inline Status traced_send(StampedTrips& trips, std::size_t channel,
                                                 Operation operation) {
  if constexpr (!stamped) return operation();
  const std::uint64_t start_ns = now_ns();
  const Status done = operation();
  if (done) trips.sent("send channel", channel, start_ns);
  return done;
}

template <bool stamped, class Operation>
[[gnu::always_inline]] inline Status traced_receive(StampedTrips& trips, std::size_t channel,
                                                    Operation operation) {
  if constexpr (!stamped) return operation();
  const std::uint64_t start_ns = now_ns();
  const Status done = operation();
  if (done) trips.received("receive channel", channel, start_ns);
  return done;
}

// Answers each message with one of the same size.
class Echo {
 public:
  explicit Echo(WorkerContext& context)
      : context_(context),
        progress_(context.progress()),
        there_(there_of(context)),
        back_(back_of(context)),
        inbox_(context, 1, there_),
        outbox_(context.sender(back_), context.spec(), initiator_number, back_),
        stamped_(context.stamped_trips()),
        verified_(context.spec().verify != Verify::off) {}

  // With verification the answer lies ready before the message comes, and the message is judged
  // after it has been answered: between trips, as on the initiator's side.
  Status get_ready() { return verified_ ? outbox_.prepare() : Status{}; }

  Status answer() {
    if (stamped_.due()) [[unlikely]]
      return answer<true>();
    return answer<false>();
  }

  Status finish() {
    if (verified_) outbox_.abandon();
    progress_.enter(Operation::close, back_);
    return context_.sender(back_).close(Deadline::never());
  }

  void report(std::uint64_t pings) {
    const std::uint64_t sent[] = {pings};
    inbox_.settle(sent);
  }

 private:
  template <bool stamped>
  Status answer() {
    progress_.enter(Operation::receive, there_);
    if (const Status arrived =
            traced_receive<stamped>(stamped_, there_, [&] { return inbox_.await(); });
        !arrived) {
      return arrived;
    }
    inbox_.touch();
    progress_.enter(Operation::send, back_);
    const auto transmit = [&] {
      return traced_send<stamped>(stamped_, back_, [&] { return outbox_.transmit(); });
    };
    if (verified_) {
      if (const Status sent = transmit(); !sent) return sent;
      if (const Status checked = inbox_.check(); !checked) return checked;
      inbox_.give_back();
      return outbox_.prepare();
    }
    if (const Status checked = inbox_.check(); !checked) [[unlikely]]
      return checked;
    inbox_.give_back();
    if (const Status ready = outbox_.prepare(); !ready) return ready;
    return transmit();
  }

  WorkerContext& context_;
  Progress& progress_;  // asked for once: it is a virtual call, and stands in the measured loop
  std::uint32_t there_, back_;
  Inbox inbox_;
  Outbox outbox_;
  StampedTrips stamped_;
  bool verified_;
};

class Initiator {
 public:
  // `local`: the echo when both ends are in this worker; borrowed.
  Initiator(WorkerContext& context, Echo* local)
      : context_(context),
        progress_(context.progress()),
        spec_(context.spec()),
        there_(there_of(context)),
        back_(back_of(context)),
        outbox_(context.sender(there_), spec_, initiator_number, there_),
        inbox_(context, 1, back_),
        stamped_(context.stamped_trips()),
        local_(local),
        verified_(spec_.verify != Verify::off),
        gap_ns_(gap_of(spec_)),
        bursts_(spec_),
        samples_(context.samples()) {}

  Status run() {
    clock_ns_ = cost_of_clock_ns();
    begin_ns_ = now_ns() + spin_before_ns;
    if (const Status warm = warm_up(); !warm) return warm;
    const std::uint64_t begin = now_;
    const bool short_trips =
        (!sleeps_at_once(spec_.wait) || local_ != nullptr) && spec_.size <= largest_of_short_trips;
    const bool batches =
        short_trips && !verified_ && gap_ns_ == 0 && !bursts_.on() && samples_ == nullptr;
    const std::uint64_t share = spec_.duration_ns / (batches ? 2 : 1);
    const std::uint64_t batched = batches ? batched_part(spec_.messages) : 0;
    if (const Status done = single_trips(share, spec_.messages - batched); !done) return done;
    if (batches && (spec_.messages == 0 || batched > 0)) {
      if (const Status done = batched_trips(share, batched); !done) return done;
    }
    note_interval(context_.report(), begin, now_);
    return finish();
  }

 private:
  // One trip; its end is the start of the next one, unless verification lies between them.
  Status trip() {
    if (verified_) {
      if (const Status ready = outbox_.prepare(); !ready) return ready;
      now_ = now_ns();
    }
    if (gap_ns_ > 0) {
      progress_.leave();  // waits for nobody
      now_ = wait_.until(now_ + gap_ns_);
    }
    if (bursts_.on()) {
      progress_.leave();
      due_ = bursts_.due_ns(begin_ns_, outbox_.sent());
      now_ = wait_.until(due_);
    }
    start_ = now_;
    if (const Status done = exchange(); !done) return done;
    now_ = now_ns();
    if (verified_) {
      if (const Status checked = inbox_.check(); !checked) return checked;
      inbox_.give_back();
    }
    return {};
  }

  // There and back, without a clock but where the trip is stamped.
  Status exchange() {
    if (stamped_.due()) [[unlikely]]
      return exchange<true>();
    return exchange<false>();
  }

  template <bool stamped>
  Status exchange() {
    progress_.enter(Operation::send, there_);
    if (!verified_) {
      if (const Status ready = outbox_.prepare(); !ready) return ready;
    }
    if (const Status sent =
            traced_send<stamped>(stamped_, there_, [&] { return outbox_.transmit(); });
        !sent) {
      return sent;
    }
    if (local_ != nullptr) {
      if (const Status answered = local_->answer(); !answered) return answered;
    }
    progress_.enter(Operation::receive, back_);
    if (const Status arrived =
            traced_receive<stamped>(stamped_, back_, [&] { return inbox_.await(); });
        !arrived) {
      return arrived;
    }
    inbox_.touch();
    if (!verified_) {
      if (const Status checked = inbox_.check(); !checked) [[unlikely]]
        return checked;
      inbox_.give_back();
    }
    progress_.count(outbox_.sent());
    return {};
  }

  Status warm_up() {
    now_ = now_ns();
    if (const Status first = trip(); !first) return first;
    const std::uint64_t first_ns = now_ - start_;
    WarmUp warm(spec_.warmup_ns, now_);
    while (!warm.over(now_, outbox_.sent())) {
      if (const Status done = trip(); !done) return done;
    }
    pace_ns_ = warm.pace_ns() > 0 ? warm.pace_ns() : static_cast<double>(first_ns);
    context_.report().steady = warm.steady();
    context_.report().metrics.push_back(
        {"first_message_ns", static_cast<double>(first_ns), Unit::nanoseconds});
    return {};
  }

  // `messages`: exactly so many trips; 0: as many as the time holds.
  Status single_trips(std::uint64_t share_ns, std::uint64_t messages) {
    Histogram trips;
    Histogram responses;  // of bursts
    now_ = now_ns();
    const TripEnd end(spec_, now_, share_ns, messages);
    std::uint64_t count = 0;
    while (!end.reached(now_, count)) {
      if (const Status done = trip(); !done) return done;
      trips.record(now_ - start_);
      if (bursts_.on()) [[unlikely]]
        responses.record(now_ - due_);
      if (samples_ != nullptr) [[unlikely]]
        samples_->add(start_, now_ - start_);
      ++count;
    }
    context_.report().histograms["round_trip"] = std::move(trips);
    if (bursts_.on()) context_.report().histograms["burst_response"] = std::move(responses);
    measured_ += count;
    return {};
  }

  // The clock is read once in k trips, so that it costs under 1 %. No quantile of trips comes from
  // these means. `messages` as for single_trips().
  Status batched_trips(std::uint64_t share_ns, std::uint64_t messages) {
    const double trip_ns = std::max(pace_ns_ - clock_ns_, 1.0);
    auto k = static_cast<std::uint64_t>(clock_ns_ / (clock_share_in_batch * trip_ns)) + 1;
    if (messages != 0) k = std::min(k, messages);
    Histogram means;
    std::uint64_t count = 0;
    const std::uint64_t begin = now_ns();
    now_ = begin;
    const std::uint64_t end = begin + share_ns;
    while (messages != 0 ? count + k <= messages : now_ < end) {
      for (std::uint64_t i = 0; i < k; ++i) {
        if (const Status done = exchange(); !done) return done;
      }
      count += k;
      const std::uint64_t later = now_ns();
      means.record((later - now_ + k / 2) / k);
      now_ = later;
    }
    // What is left of an exact count: no batch, but part of the mean of all.
    for (; count < messages; ++count) {
      if (const Status done = exchange(); !done) return done;
    }
    if (messages != 0) now_ = now_ns();
    WorkerReport& report = context_.report();
    report.histograms["batch_mean"] = std::move(means);
    report.tallies["batch_trips"] = static_cast<std::int64_t>(k);
    report.metrics.push_back({"batch_mean_overall",
                              static_cast<double>(now_ - begin) / static_cast<double>(count),
                              Unit::nanoseconds, count});
    measured_ += count;
    return {};
  }

  // Closes, and takes what should not be there any more: an answer too many is a duplicate.
  Status finish() {
    const std::uint64_t sent = outbox_.sent();
    pings_of(context_).publish(sent);
    progress_.enter(Operation::close, there_);
    if (const Status closed = context_.sender(there_).close(Deadline::never()); !closed) {
      return closed;
    }
    if (local_ != nullptr) {
      if (const Status over = local_->answer(); over || over.error().code != Errc::closed) {
        return over ? fail(Errc::corrupt, "a message after the last one") : over;
      }
      if (const Status closed = local_->finish(); !closed) return closed;
      local_->report(sent);
    }
    progress_.enter(Operation::receive, back_);
    Status rest = inbox_.receive_next();
    while (rest) rest = inbox_.receive_next();
    if (rest.error().code != Errc::closed) return rest;
    WorkerReport& report = context_.report();
    wait_.account(report.cost);
    const std::uint64_t answers[] = {sent};
    inbox_.settle(answers);
    report.tallies["messages"] = static_cast<std::int64_t>(2 * measured_);
    report.tallies["messages_total"] = static_cast<std::int64_t>(2 * sent);
    report.ok = true;
    return {};
  }

  WorkerContext& context_;
  Progress& progress_;  // asked for once: it is a virtual call, and stands in the measured loop
  const RunSpec& spec_;
  std::uint32_t there_, back_;
  Outbox outbox_;
  Inbox inbox_;
  StampedTrips stamped_;
  Echo* local_;
  bool verified_;
  std::uint64_t gap_ns_;
  Bursts bursts_;
  std::uint64_t begin_ns_ = 0;  // when the first burst is due
  std::uint64_t due_ = 0;       // when the message under way was
  SampleLog* samples_;          // null: the run keeps none
  DueWait wait_;
  double clock_ns_ = 0;
  double pace_ns_ = 0;
  std::uint64_t start_ = 0;
  std::uint64_t now_ = 0;
  std::uint64_t measured_ = 0;
};

Status run_echo(WorkerContext& context) {
  Echo echo(context);
  if (const Status ready = echo.get_ready(); !ready) return ready;
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  Status answered = echo.answer();
  std::uint64_t count = 0;
  while (answered) {
    context.progress().count(++count);
    answered = echo.answer();
  }
  if (answered.error().code != Errc::closed) return answered;
  if (const Status closed = echo.finish(); !closed) return closed;
  echo.report(pings_of(context).published());
  context.report().ok = true;
  return {};
}

Status work(WorkerContext& context) {
  if (one_way(context.spec())) return run_one_way(context);
  if (context.lossy(there_of(context))) return run_lossy_trips(context);
  if (context.role() == "echo") return run_echo(context);
  std::optional<Echo> local;
  if (context.sends(back_of(context))) {
    local.emplace(context);
    if (const Status ready = local->get_ready(); !ready) return ready;
  }
  Initiator initiator(context, local ? &*local : nullptr);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  return initiator.run();
}

std::string contradiction(const RunSpec& spec, const Trial& trial) {
  if (one_way(spec)) return {};
  const auto trips = trial.histograms.find("round_trip");
  if (trips == trial.histograms.end()) return {};
  auto wrong = wrong_count(trial, "messages", static_cast<std::int64_t>(2 * trips->second.count()));
  if (!wrong.empty() || spec.messages == 0) return wrong;
  return wrong_count(trial, "messages", static_cast<std::int64_t>(2 * spec.messages));
}

void reduce(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  if (one_way(spec)) return reduce_one_way(reports, trial);
  for (const WorkerReport& report : reports) {
    for (const auto& [name, trips] : report.histograms) trial.histograms[name].merge(trips);
  }
  publish(report_of(reports, "initiator"), {"batch_trips"}, trial);
  publish_sums(reports, "initiator", {"messages", "messages_total", "late_replies"}, trial);
  add_means(reports, "initiator", trial);
  add_fairness(reports, "initiator", "messages", trial);
  gather(reports, trial);
  publish_losses(reports, trial);
}

}  // namespace

ScenarioEntry latency_scenario() {
  ScenarioEntry entry;
  entry.name = "latency";
  entry.awaits_answers = true;
  entry.mixes_sizes = true;
  entry.bursts = true;
  entry.summary = "ping-pong: round trips with one message outstanding";
  entry.options = {flag_option("one_way", "stamp each message, record each way"),
                   time_option("gap_ns", 0, "silence before each message\nWhat waking up costs."),
                   pairs_option()};
  entry.ends = "pairs";
  entry.faults = {{shifted_clock, "with --one-way: the echo's clock is 1 ms ahead"}};
  entry.processes = "pairs (1) of 1 initiator and 1 echo";
  entry.invariants = {
      "every message comes back with its length; with --verify also its sequence and bytes",
      "of a mechanism that may lose messages: no reply comes twice, damaged or out of order"};
  entry.measures_losses = true;
  entry.figures = latency_figures();
  entry.notes = {
      "with --gap: the trip alone, after that much silence; at least 250 trips however long it "
      "takes, so that the median can be published. The initiator polls the clock for the last 100 "
      "us of it, so what wakes up is the other process",
      "--messages counts round trips: exactly so many are measured; where trips are timed in "
      "batches "
      "as well, these are two fifths of them",
      "with --burst: trips of one burst follow each other at once, and the next burst is due at "
      "its "
      "time whether or not that is over: where it is not, burst_response grows as long as the "
      "trial "
      "lasts",
      "of a mechanism that may lose messages: a trip without a reply after 200 ms is lost, which "
      "lost_share and longest_loss tell; it is no part of round_trip, and the next message goes "
      "out under a new number",
      "cpu_per_message: CPU time of all workers over all messages, warm-up included, without what "
      "the initiator takes to wait for the end of a silence, or for a burst"};
  entry.answer = Answer{.exchange = Exchange::two_way,
                        .figure = "round_trip",
                        .quantile = 0.5,
                        .at_default = "pairs"};
  entry.layout = layout;
  entry.work = work;
  entry.reduce = reduce;
  entry.contradiction = contradiction;
  return entry;
}

}  // namespace ipcmark
