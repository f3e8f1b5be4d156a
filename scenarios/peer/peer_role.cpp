#include "scenarios/peer/peer_role.hpp"

#include <algorithm>
#include <utility>

#include "backends/deadline.hpp"
#include "scenarios/peer/peer_messages.hpp"
#include "scenarios/timed/stream_meter.hpp"
#include "scenarios/timing/due_time.hpp"
#include "scenarios/timing/stop_condition.hpp"
#include "scenarios/timing/warm_up.hpp"

namespace ipcmark {
namespace {

constexpr std::uint32_t there = 0;
constexpr std::uint32_t back = 1;

PeerOutbox outbox_of(PeerTask& task, std::uint32_t channel, const std::string& fault) {
  const RunSpec& spec = task.question.spec;
  return {std::move(task.sender), spec, channel, spec.size, spec.verify, fault};
}

PeerInbox inbox_of(PeerTask& task, std::uint32_t channel) {
  const RunSpec& spec = task.question.spec;
  return {std::move(task.receiver), spec, channel, spec.size, spec.verify};
}

void report_sent(PeerReport& report, const PeerOutbox& outbox) {
  report.counts["sent"] = static_cast<std::int64_t>(outbox.sent());
  report.counts["happened"] = outbox.fault_happened() ? 1 : 0;
}

// As the echo of two C++ processes: a verified answer lies ready before the message comes.
Status echo(PeerTask& task) {
  const std::size_t size = task.question.spec.size;
  const bool verified = task.question.spec.verify != Verify::off;
  PeerInbox inbox = inbox_of(task, there);
  PeerOutbox outbox = outbox_of(task, back, {});
  if (verified) outbox.prepare(size);
  if (const Status started = task.start(); !started) return started;
  for (;;) {
    if (const Status came = inbox.await(); !came) return came;
    if (inbox.ended()) break;
    inbox.touch();
    if (!verified) outbox.prepare(size);
    if (const Status sent = outbox.transmit(); !sent) return sent;
    inbox.judge(size);
    if (verified) outbox.prepare(size);
  }
  if (const Status ended = outbox.end(); !ended) return ended;
  task.report.account = inbox.account();
  report_sent(task.report, outbox);
  return {};
}

class PeerInitiator {
 public:
  explicit PeerInitiator(PeerTask& task)
      : spec_(task.question.spec),
        report_(task.report),
        outbox_(outbox_of(task, there, spec_.fault)),
        inbox_(inbox_of(task, back)),
        verified_(spec_.verify != Verify::off),
        gap_ns_(gap_of(spec_)) {}

  Status run() {
    if (const Status warm = warm_up(); !warm) return warm;
    Histogram trips;
    now_ = now_ns();
    const TripEnd end(spec_, now_, spec_.duration_ns);
    while (!end.reached(now_, trips.count())) {
      if (const Status done = trip(); !done) return done;
      trips.record(now_ - start_);
    }
    report_.histograms["trips"] = std::move(trips);
    return finish();
  }

 private:
  Status trip() {
    if (verified_) {
      outbox_.prepare(spec_.size);
      now_ = now_ns();
    }
    start_ = gap_ns_ > 0 ? wait_.until(now_ + gap_ns_) : now_;
    if (!verified_) outbox_.prepare(spec_.size);
    if (const Status sent = outbox_.transmit(); !sent) return sent;
    if (const Status came = inbox_.await(); !came) return came;
    if (inbox_.ended()) return fail(Errc::closed, "the other end has ended the exchange");
    inbox_.touch();
    if (!verified_) inbox_.judge(spec_.size);
    now_ = now_ns();
    if (verified_) inbox_.judge(spec_.size);
    return {};
  }

  Status warm_up() {
    now_ = now_ns();
    if (const Status first = trip(); !first) return first;
    report_.counts["first_ns"] = static_cast<std::int64_t>(now_ - start_);
    WarmUp warm(spec_.warmup_ns, now_);
    while (!warm.over(now_, outbox_.sent())) {
      if (const Status done = trip(); !done) return done;
    }
    report_.counts["steady"] = warm.steady() ? 1 : 0;
    return {};
  }

  Status finish() {
    if (const Status ended = outbox_.end(); !ended) return ended;
    while (!inbox_.ended()) {
      if (const Status rest = inbox_.receive_next(spec_.size); !rest) return rest;
    }
    wait_.account(report_.cost);
    report_.account = inbox_.account();
    report_sent(report_, outbox_);
    return {};
  }

  const RunSpec& spec_;
  PeerReport& report_;
  PeerOutbox outbox_;
  PeerInbox inbox_;
  bool verified_;
  std::uint64_t gap_ns_;
  DueWait wait_;
  std::uint64_t start_ = 0, now_ = 0;
};

Status initiate(PeerTask& task) {
  PeerInitiator initiator(task);
  if (const Status started = task.start(); !started) return started;
  return initiator.run();
}

Status send_stream(PeerTask& task) {
  PeerOutbox outbox = outbox_of(task, there, task.question.spec.fault);
  const std::size_t size = task.question.spec.size;
  if (const Status started = task.start(); !started) return started;
  while (task.enough->load(std::memory_order_relaxed) == 0) {
    if (const Status sent = outbox.send_next(size); !sent) return sent;
  }
  if (const Status ended = outbox.end(); !ended) return ended;
  report_sent(task.report, outbox);
  return {};
}

// The measured part of a stream, between two readings of the clock.
class PeerMeter {
 public:
  PeerMeter(const RunSpec& spec, std::uint64_t now)
      : spec_(spec), start_(now), pace_(now), warm_(spec.warmup_ns, now) {}

  std::uint64_t due() const { return due_; }
  // Looks at the clock after `count` messages; false: the measured part is over.
  bool look(std::uint64_t count) {
    const std::uint64_t now = now_ns();
    if (first_ns_ == 0) first_ns_ = now - start_;
    due_ = pace_.next(now, count);
    if (!begun_) {
      begun_ = warm_.over(now, count);
      if (!begun_) return true;
      begin_ns_ = now;
      begin_ = count;
    }
    end_ns_ = now;
    end_ = count;
    if (spec_.messages == 0) return now - begin_ns_ < spec_.duration_ns;
    due_ = std::min(due_, begin_ + spec_.messages);
    return count < begin_ + spec_.messages;
  }
  void report(PeerReport& report) const {
    report.counts["first_ns"] = static_cast<std::int64_t>(first_ns_);
    report.counts["steady"] = warm_.steady() ? 1 : 0;
    report.counts["messages"] = static_cast<std::int64_t>(end_ - begin_);
    report.counts["measured_ns"] = static_cast<std::int64_t>(end_ns_ - begin_ns_);
  }

 private:
  const RunSpec& spec_;
  std::uint64_t start_;
  ClockPace pace_;
  WarmUp warm_;
  bool begun_ = false;
  std::uint64_t due_ = 1, first_ns_ = 0;
  std::uint64_t begin_ns_ = 0, end_ns_ = 0, begin_ = 0, end_ = 0;
};

Status receive_stream(PeerTask& task) {
  const RunSpec& spec = task.question.spec;
  PeerInbox inbox = inbox_of(task, there);
  if (const Status started = task.start(); !started) return started;
  PeerMeter meter(spec, now_ns());
  bool goes_on = true;
  while (goes_on && !inbox.ended()) {
    if (const Status came = inbox.receive_next(spec.size); !came) return came;
    if (inbox.received() == meter.due() && !inbox.ended()) goes_on = meter.look(inbox.received());
  }
  task.enough->store(1);
  while (!inbox.ended()) {
    if (const Status rest = inbox.receive_next(spec.size); !rest) return rest;
  }
  meter.report(task.report);
  task.report.account = inbox.account();
  return {};
}

constexpr PeerRoleRow rows[] = {
    {"latency", "initiator", true, true, initiate},
    {"latency", "echo", true, true, echo},
    {"throughput", "sender", true, false, send_stream},
    {"throughput", "receiver", false, true, receive_stream},
    {"large_payload", "sender", true, false, peer_send_chunks},
    {"large_payload", "receiver", false, true, peer_receive_chunks},
    {"large_payload", "left", true, true, peer_exchange},
    {"large_payload", "right", true, true, peer_exchange},
    {"sentinel_stream", "sender", true, false, peer_send_and_stop},
    {"sentinel_stream", "receiver", false, true, peer_receive_until_stop},
};

}  // namespace

const PeerRoleRow* peer_role(const std::string& scenario, const std::string& role) {
  const auto* row = std::find_if(std::begin(rows), std::end(rows), [&](const PeerRoleRow& each) {
    return scenario == each.scenario && role == each.role;
  });
  return row == std::end(rows) ? nullptr : row;
}

}  // namespace ipcmark
