#include "scenarios/timed/lossy_trips.hpp"

#include <algorithm>
#include <utility>

#include "scenarios/timed/one_way.hpp"
#include "scenarios/timing/due_time.hpp"
#include "scenarios/timing/joint_rate.hpp"
#include "scenarios/timing/stop_condition.hpp"
#include "scenarios/timing/warm_up.hpp"
#include "scenarios/traffic/message_ends.hpp"

namespace ipcmark {

namespace {

Status answer_all(WorkerContext& context) {
  const std::uint32_t there = there_of(context);
  const std::uint32_t back = back_of(context);
  Inbox inbox(context, 1, there);
  Outbox outbox(context, 0, back);
  // The answer to the next message lies ready before it comes, as in the plain ping-pong.
  if (const Status ready = outbox.prepare(); !ready) return ready;
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  for (;;) {
    context.progress().enter(Operation::receive, there);
    const Status taken = inbox.take();
    if (!taken && taken.error().code == Errc::closed) break;
    if (!taken) return taken;
    if (const Status checked = inbox.check(); !checked) return checked;
    const std::uint64_t number = inbox.last_number();
    inbox.give_back();
    if (number != outbox.sent()) {
      outbox.abandon();
      outbox.skip_to(number);
      if (const Status ready = outbox.prepare(); !ready) return ready;
    }
    context.progress().enter(Operation::send, back);
    if (const Status sent = outbox.transmit(); !sent) return sent;
    if (const Status ready = outbox.prepare(); !ready) return ready;
    context.progress().count(inbox.received());
  }
  outbox.abandon();
  // What did not come here has no reply either: the initiator counts it.
  inbox.settle_losses(pings_of(context).published());
  context.report().ok = true;
  context.progress().enter(Operation::close, back);
  return context.sender(back).close(Deadline::never());
}

class Initiator {
 public:
  explicit Initiator(WorkerContext& context)
      : context_(context),
        spec_(context.spec()),
        there_(there_of(context)),
        back_(back_of(context)),
        outbox_(context, 0, there_),
        inbox_(context, 1, back_),
        gap_ns_(gap_of(spec_)),
        samples_(context.samples()) {}

  Status run() {
    if (const Status ready = context_.barrier(Stage::run); !ready) return ready;
    const std::uint64_t begin = now_ns();
    if (const Status warm = warm_up(begin); !warm) return warm;
    Histogram trips;
    const std::uint64_t measured_from = now_;
    const TripEnd end(spec_, now_, spec_.duration_ns);
    while (!end.reached(now_, trips.count())) {
      if (const Status done = trip(); !done) return done;
      if (!answered_) continue;
      trips.record(now_ - start_);
      if (samples_ != nullptr) samples_->add(start_, now_ - start_);
    }
    note_interval(context_.report(), measured_from, now_);
    note_sending(context_.report(), outbox_.sent(), begin, now_ns());
    if (const Status finished = finish(); !finished) return finished;
    report(std::move(trips));
    return {};
  }

 private:
  // There and back, or the limit; `answered_` says which.
  Status trip() {
    if (const Status ready = outbox_.prepare(); !ready) return ready;
    if (gap_ns_ > 0) {
      context_.progress().leave();  // waits for nobody
      wait_.until(now_ + gap_ns_);
    }
    const std::uint64_t number = outbox_.sent();
    context_.progress().enter(Operation::send, there_);
    start_ = now_ns();
    if (const Status sent = outbox_.transmit(); !sent) return sent;
    context_.progress().enter(Operation::receive, back_);
    if (const Status received = await_reply(number); !received) return received;
    count_trip();
    return {};
  }

  Status await_reply(std::uint64_t number) {
    const Deadline limit = Deadline::at(start_ + reply_limit_ns);
    answered_ = false;
    while (!answered_) {
      const Status taken = inbox_.take(limit);
      now_ = now_ns();
      if (!taken) return is_wait_over(taken.error()) ? Status{} : taken;
      if (const Status checked = inbox_.check(); !checked) return checked;
      inbox_.give_back();
      answered_ = inbox_.last_number() == number;
      late_ += answered_ ? 0 : 1;
    }
    return {};
  }

  void count_trip() {
    ++losses_.sent;
    if (answered_) {
      run_ = 0;
    } else {
      ++losses_.lost;
      losses_.longest_run = std::max(losses_.longest_run, ++run_);
    }
    context_.progress().count(outbox_.sent());
  }

  Status warm_up(std::uint64_t begin) {
    now_ = begin;
    WarmUp warm(spec_.warmup_ns, begin);
    do {
      if (const Status done = trip(); !done) return done;
      if (losses_.sent == 1 && answered_) {
        context_.report().metrics.push_back(
            {"first_message_ns", static_cast<double>(now_ - start_), Unit::nanoseconds});
      }
    } while (!warm.over(now_, outbox_.sent()));
    context_.report().steady = warm.steady();
    return {};
  }

  // Closes, and takes what is still to come: replies to what was given up.
  Status finish() {
    pings_of(context_).publish(outbox_.sent());
    context_.progress().enter(Operation::close, there_);
    if (const Status closed = context_.sender(there_).close(Deadline::never()); !closed) {
      return closed;
    }
    context_.progress().enter(Operation::receive, back_);
    Status rest = inbox_.receive_next();
    for (; rest; rest = inbox_.receive_next()) ++late_;
    return rest.error().code == Errc::closed ? Status{} : rest;
  }

  void report(Histogram trips) {
    WorkerReport& report = context_.report();
    report.tallies["messages"] = static_cast<std::int64_t>(2 * trips.count());
    report.tallies["messages_total"] =
        static_cast<std::int64_t>(outbox_.sent() + inbox_.received());
    report.tallies["late_replies"] = late_;
    report.histograms["round_trip"] = std::move(trips);
    wait_.account(report.cost);
    inbox_.settle_losses(outbox_.sent());
    note_losses(report, losses_);
    report.ok = true;
  }

  WorkerContext& context_;
  const RunSpec& spec_;
  std::uint32_t there_, back_;
  Outbox outbox_;
  Inbox inbox_;
  std::uint64_t gap_ns_;
  SampleLog* samples_;  // null: the run keeps none
  DueWait wait_;
  Losses losses_;  // of trips, each with its reply
  std::uint64_t run_ = 0;
  std::int64_t late_ = 0;
  bool answered_ = false;
  std::uint64_t start_ = 0;
  std::uint64_t now_ = 0;
};

}  // namespace

Status run_lossy_trips(WorkerContext& context) {
  if (context.role() == "echo") return answer_all(context);
  return Initiator(context).run();
}

}  // namespace ipcmark
