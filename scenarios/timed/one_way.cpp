#include "scenarios/timed/one_way.hpp"

#include <cstring>

#include "scenarios/timing/due_time.hpp"
#include "scenarios/timing/stop_condition.hpp"
#include "scenarios/timing/warm_up.hpp"
#include "scenarios/traffic/message_ends.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {

namespace {

constexpr std::size_t there = 0;
constexpr std::size_t back = 1;
constexpr std::uint64_t clock_shift_ns = 1'000'000;

struct Stamp {
  std::uint64_t sent = 0;
  std::uint64_t measured = 0;  // 0: warm-up
};

// One direction's times. A message cannot arrive before it was sent: such samples are counted,
// never clamped.
struct Leg {
  Histogram times;
  std::int64_t negative = 0;
  void enter(const Stamp& stamp, std::uint64_t arrived) {
    if (stamp.measured == 0) return;
    if (arrived < stamp.sent) {
      ++negative;
    } else {
      times.record(arrived - stamp.sent);
    }
  }
};

// Sends and receives stamps at the front of messages of the cell's size.
class StampedEnds {
 public:
  StampedEnds(WorkerContext& context, std::size_t out, std::size_t in)
      : context_(context),
        out_(out),
        in_(in),
        buffer_(context.spec().size),
        touch_(context.spec().touch == Touch::full) {
    const bool shifted = context.role() == "echo" && context.inject(shifted_clock);
    shift_ns_ = shifted ? clock_shift_ns : 0;
  }

  // `start`: the reading of the clock just before, so that writing the message is part of the way.
  Status send(bool measured, std::uint64_t start) {
    context_.progress().enter(Operation::send, static_cast<std::uint32_t>(out_));
    if (touch_) touch_write(buffer_.span(), ++turn_);
    const Stamp stamp{start, measured ? 1U : 0U};
    std::memcpy(buffer_.span().data(), &stamp, sizeof stamp);
    return context_.sender(out_).send(buffer_.span(), Deadline::never());
  }
  // `arrived`: when the message lay in the buffer and was read.
  Status receive(Stamp& stamp, std::uint64_t& arrived) {
    context_.progress().enter(Operation::receive, static_cast<std::uint32_t>(in_));
    const auto size = context_.receiver(in_).receive(buffer_.span(), Deadline::never());
    if (!size) return tl::make_unexpected(size.error());
    if (touch_) keep(touch_read(buffer_.span().first(*size)));
    arrived = now_ns() + shift_ns_;
    if (*size != context_.spec().size) [[unlikely]] {
      ++context_.report().integrity.wrong_length;
      return not_intact(Finding::wrong_length);
    }
    ++received_;
    std::memcpy(&stamp, buffer_.span().data(), sizeof stamp);
    return {};
  }
  // Takes what should not be there any more, until the other side has closed.
  Status drain() {
    Stamp stamp;
    std::uint64_t arrived = 0;
    Status rest = receive(stamp, arrived);
    while (rest) rest = receive(stamp, arrived);
    return rest.error().code == Errc::closed ? Status{} : rest;
  }
  // Enters what was received, compared with what was sent. Once, at the end.
  void settle(std::uint64_t sent) {
    const std::uint64_t all[] = {sent};
    add(context_.report().integrity, settled_by_number(received_, all));
  }

 private:
  WorkerContext& context_;
  std::size_t out_, in_;
  MessageBuffer buffer_;
  bool touch_;
  std::uint64_t shift_ns_ = 0;
  std::uint64_t turn_ = 0;
  std::uint64_t received_ = 0;
};

Status answer_all(WorkerContext& context) {
  StampedEnds ends(context, back, there);
  Leg leg;
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  for (std::uint64_t count = 1;; ++count) {
    Stamp stamp;
    std::uint64_t arrived = 0;
    const Status received = ends.receive(stamp, arrived);
    if (!received && received.error().code == Errc::closed) break;
    if (!received) return received;
    leg.enter(stamp, arrived);
    // One reading ends the way there and begins the way back: both together are the round trip.
    if (const Status sent = ends.send(stamp.measured != 0, arrived); !sent) return sent;
    context.progress().count(count);
  }
  context.report().histograms["one_way_there"] = std::move(leg.times);
  context.report().tallies["negative_samples"] = leg.negative;
  ends.settle(pings_of(context).published());
  context.report().ok = true;
  context.progress().enter(Operation::close, back);
  return context.sender(back).close(Deadline::never());
}

class Asker {
 public:
  explicit Asker(WorkerContext& context)
      : context_(context),
        spec_(context.spec()),
        ends_(context, there, back),
        samples_(context.samples()) {}

  Status run() {
    if (const Status ready = context_.barrier(Stage::run); !ready) return ready;
    now_ = now_ns();
    WarmUp warm(spec_.warmup_ns, now_);
    do {
      if (const Status done = trip(false); !done) return done;
    } while (!warm.over(now_, trips_));
    context_.report().steady = warm.steady();
    const TripEnd end(spec_, now_, spec_.duration_ns);
    std::uint64_t measured = 0;
    while (!end.reached(now_, measured)) {
      if (const Status done = trip(true); !done) return done;
      ++measured;
    }
    if (const Status finished = finish(); !finished) return finished;
    report(measured);
    return {};
  }

 private:
  Status trip(bool measured) {
    const std::uint64_t gap_ns = gap_of(spec_);
    if (gap_ns > 0) context_.progress().leave();  // waits for nobody
    const std::uint64_t start = gap_ns > 0 ? wait_.until(now_ + gap_ns) : now_;
    if (const Status sent = ends_.send(measured, start); !sent) return sent;
    Stamp stamp;
    if (const Status received = ends_.receive(stamp, now_); !received) return received;
    leg_.enter(stamp, now_);
    if (measured) {
      trips_taken_.record(now_ - start);
      if (samples_ != nullptr) samples_->add(start, now_ - start);
    }
    context_.progress().count(++trips_);
    return {};
  }

  Status finish() {
    pings_of(context_).publish(trips_);
    context_.progress().enter(Operation::close, there);
    if (const Status closed = context_.sender(there).close(Deadline::never()); !closed) {
      return closed;
    }
    if (const Status drained = ends_.drain(); !drained) return drained;
    ends_.settle(trips_);
    return {};
  }

  void report(std::uint64_t measured) {
    WorkerReport& report = context_.report();
    report.histograms["one_way_back"] = std::move(leg_.times);
    report.histograms["stamped_round_trip"] = std::move(trips_taken_);
    wait_.account(report.cost);
    report.tallies["negative_samples"] = leg_.negative;
    report.tallies["messages"] = static_cast<std::int64_t>(2 * measured);
    report.tallies["messages_total"] = static_cast<std::int64_t>(2 * trips_);
    report.ok = true;
  }

  WorkerContext& context_;
  const RunSpec& spec_;
  StampedEnds ends_;
  SampleLog* samples_;  // null: the run keeps none
  DueWait wait_;
  Leg leg_;
  Histogram trips_taken_;
  std::uint64_t trips_ = 0;
  std::uint64_t now_ = 0;
};

}  // namespace

std::string one_way_unsupported(const RunSpec& spec) {
  if (spec.size < sizeof(Stamp)) {
    return "needs messages of at least " + std::to_string(sizeof(Stamp)) + " bytes";
  }
  if (spec.verify != Verify::off)
    return "needs verify=off: the time of sending takes the stamp's place";
  if (!spec.burst.empty()) return "needs trips one by one: no burst";
  if (!spec.size_mix.empty()) return "needs messages of one size: no size-mix";
  return spec.zero_copy ? "needs copies: no zero-copy" : "";
}

Status run_one_way(WorkerContext& context) {
  if (context.role() == "echo") return answer_all(context);
  return Asker(context).run();
}

void reduce_one_way(const std::vector<WorkerReport>& reports, Trial& trial) {
  const WorkerReport& initiator = report_of(reports, "initiator");
  const WorkerReport& echo = report_of(reports, "echo");
  trial.histograms = initiator.histograms;
  publish(initiator, {"messages", "messages_total", "negative_samples"}, trial);
  const auto answered = echo.histograms.find("one_way_there");
  if (answered != echo.histograms.end()) trial.histograms["one_way_there"] = answered->second;
  trial.counts["negative_samples"] += count_of(echo, "negative_samples");
  gather(reports, trial);
  const auto median_of = [&trial](const char* name) {
    return static_cast<double>(trial.histograms[name].quantile(0.5));
  };
  const double round_trip = median_of("stamped_round_trip");
  if (round_trip <= 0) return;
  trial.metrics.push_back({"one_way_closure",
                           (median_of("one_way_there") + median_of("one_way_back")) / round_trip,
                           Unit::ratio, trial.histograms["stamped_round_trip"].count()});
}

}  // namespace ipcmark
