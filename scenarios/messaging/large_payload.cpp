// Large payload: complete and intact on every backend, with a receiver that comes late, and without
// a deadlock when both sides send at once.
//
// One way, the payload is one message. Both ways, it goes in chunks that are tried and never waited
// for, while the other side's are taken: nobody blocks in send, so there is no cycle of waits. Who
// has sent all closes; from the other side's end on there is nothing to take, and waiting is safe.
#include <fmt/format.h>

#include <algorithm>

#include "backends/wait_set.hpp"
#include "scenarios/figures.hpp"
#include "scenarios/messaging/naive_exchange.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/timing/think_time.hpp"
#include "scenarios/traffic/channel_fit.hpp"
#include "scenarios/traffic/message_ends.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {

namespace large_payload_detail {
namespace {

constexpr std::int64_t default_lateness_ns = 20'000'000;
constexpr std::int64_t default_chunk = 8192;

struct Shared {
  std::atomic<std::uint64_t> started[2];  // when each began, CLOCK_MONOTONIC
  SentCount sent[2];                      // messages, before closing
};

constexpr std::int64_t chunked = 0;
bool naive(const RunSpec& spec) { return spec.option("protocol") != chunked; }
std::uint64_t chunk_of(const RunSpec& spec) {
  const std::int64_t asked = spec.option("chunk");
  return static_cast<std::uint64_t>(std::max<std::int64_t>(asked, 1));
}
bool both_ways(const RunSpec& spec) { return spec.option("both_ways") != 0; }

// The payload in nearly equal chunks, none larger than asked for.
class Chunks {
 public:
  Chunks(std::uint64_t payload, std::uint64_t largest)
      : count_(payload == 0 ? 1 : (payload + largest - 1) / largest),
        base_(payload / count_),
        longer_(payload % count_) {}
  std::uint64_t count() const { return count_; }
  std::uint64_t size(std::uint64_t sequence) const { return base_ + (sequence < longer_ ? 1 : 0); }
  std::uint64_t largest() const { return size(0); }
  bool has(std::uint64_t size) const {
    return size == base_ || (longer_ != 0 && size == base_ + 1);
  }

 private:
  std::uint64_t count_, base_, longer_;
};

Chunks chunks_of(const RunSpec& spec) {
  return both_ways(spec) ? Chunks(spec.size, chunk_of(spec))
                         : Chunks(spec.size, std::max<std::uint64_t>(spec.size, 1));
}

Layout layout(const RunSpec& spec, const BackendEntry* backend) {
  if (naive(spec)) return naive_layout(spec, chunk_of(spec));
  Layout result;
  ChannelSpec channel = channel_of(spec);
  channel.largest_message = chunks_of(spec).largest();
  if (spec.zero_copy) result.unsupported_reason = "sends copies only";
  result.shared_bytes = sizeof(Shared);
  if (in_one_process(*backend, spec)) {
    result.roles = {"both"};
    result.channels = {{channel, {0}, {0}}};
    if (both_ways(spec)) result.channels.push_back({channel, {0}, {0}});
  } else if (both_ways(spec)) {
    result.roles = {"left", "right"};
    result.channels = {{channel, {0}, {1}}, {channel, {1}, {0}}};
  } else {
    result.roles = {"sender", "receiver"};
    result.channels = {{channel, {0}, {1}}};
  }
  return result;
}

void come_late(const RunSpec& spec) { pause_for(spec.option("receiver_late_ns")); }

// One chunk more has gone or come: both are progress.
void count_one(WorkerContext& context) {
  context.progress().count(context.progress().done.load(std::memory_order_relaxed) + 1);
}

// The sending half: every chunk stamped, full of its pattern and sealed.
class Outgoing {
 public:
  Outgoing(WorkerContext& context, std::size_t channel)
      : context_(context),
        channel_(static_cast<std::uint32_t>(channel)),
        sender_(context.sender(channel)),
        chunks_(chunks_of(context.spec())),
        buffer_(chunks_.largest()) {
    prepare();
  }

  bool done() const { return sent_ == chunks_.count(); }
  bool closed() const { return closed_; }
  Status send() {
    context_.progress().enter(Operation::send, channel_);
    return try_send(Deadline::never());
  }
  Status close() {
    context_.progress().enter(Operation::close, channel_);
    return try_close(Deadline::never());
  }
  // The next chunk, or the end; what a deadline cut goes before either. Enters no operation: who
  // tries again and again does not move. would_block: there is no room.
  Status advance() {
    return done() ? try_close(Deadline::immediate()) : try_send(Deadline::immediate());
  }

 private:
  Status try_send(Deadline deadline) {
    if (const Status sent = sender_.send(message(), deadline); !sent) return sent;
    ++sent_;
    count_one(context_);
    if (!done()) prepare();
    return {};
  }
  Status try_close(Deadline deadline) {
    context_.shared_as<Shared>().sent[channel_].publish(sent_);
    const Status closed = sender_.close(deadline);
    closed_ = closed.has_value();
    return closed;
  }
  std::span<std::byte> message() const { return buffer_.span().first(chunks_.size(sent_)); }
  void prepare() {
    stamp_message(message(), {0, sent_}, channel_seed(context_.spec(), channel_), Verify::full);
  }

  WorkerContext& context_;
  std::uint32_t channel_;
  Sender& sender_;
  Chunks chunks_;
  MessageBuffer buffer_;
  std::uint64_t sent_ = 0;
  bool closed_ = false;
};

class Incoming {
 public:
  Incoming(WorkerContext& context, std::size_t channel)
      : context_(context),
        channel_(channel),
        receiver_(context.receiver(channel)),
        chunks_(chunks_of(context.spec())),
        buffer_(chunks_.largest()),
        tracker_(context.report(), channel_seed(context.spec(), channel), Verify::full, 1) {}

  // The other side has closed, and all is taken.
  bool ended() const { return ended_; }
  // The next chunk, or the end. Enters no operation, as Outgoing::advance().
  Status advance(Deadline deadline) {
    const auto size = receiver_.receive(buffer_.span(), deadline);
    ended_ = !size && size.error().code == Errc::closed;
    if (ended_) return {};
    if (!size) return tl::make_unexpected(size.error());
    bytes_ += *size;
    count_one(context_);
    // After one that is missing, each stands in the place of the one before it: which it is, and so
    // how long, says its stamp.
    const std::size_t due = chunks_.has(*size) ? *size : chunks_.size(tracker_.count());
    const Finding found = tracker_.arrived(buffer_.span().first(*size), due);
    if (tracker_.count() >= chunks_.count() && finished_ns_ == 0) finished_ns_ = now_ns();
    return judged(found);
  }
  // Takes all that lies there.
  Status take_all() {
    while (!ended_) {
      const Status taken = advance(Deadline::immediate());
      if (!taken) return is_wait_over(taken.error()) ? Status{} : taken;
    }
    return {};
  }
  // Takes everything until the channel is closed, and reports.
  Status drain() {
    context_.progress().enter(Operation::receive, static_cast<std::uint32_t>(channel_));
    while (!ended_) {
      if (const Status taken = advance(Deadline::never()); !taken) return taken;
    }
    Shared& shared = context_.shared_as<Shared>();
    const std::uint64_t sent[] = {shared.sent[channel_].published()};
    WorkerReport& report = context_.report();
    tracker_.settle(sent);
    report.tallies["bytes_received"] += static_cast<std::int64_t>(bytes_);
    const std::uint64_t begun = std::max(shared.started[0].load(), shared.started[1].load());
    // Both ways in one process finish twice: the later one counts.
    std::int64_t& took = report.tallies["transfer_ns"];
    took = std::max(took, static_cast<std::int64_t>(finished_ns_ - std::min(begun, finished_ns_)));
    return {};
  }

 private:
  WorkerContext& context_;
  std::size_t channel_;
  Receiver& receiver_;
  Chunks chunks_;
  MessageBuffer buffer_;
  DeliveryTracker tracker_;
  std::uint64_t bytes_ = 0;
  std::uint64_t finished_ns_ = 0;
  bool ended_ = false;
};

void note_start(WorkerContext& context) {
  context.shared_as<Shared>().started[context.index()].store(now_ns());
}

Status send_one_way(WorkerContext& context) {
  Outgoing out(context, 0);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  note_start(context);
  if (const Status sent = out.send(); !sent) return sent;
  return out.close();
}

Status receive_one_way(WorkerContext& context) {
  Incoming in(context, 0);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  come_late(context.spec());
  note_start(context);
  return in.drain();
}

// One round of tries; true when anything moved. Waiting is the caller's.
Result<bool> exchange_once(WorkerContext& context, Outgoing& out, Incoming& in) {
  const std::uint64_t before = context.progress().done.load(std::memory_order_relaxed);
  const Status gone = out.closed() ? Status{} : out.advance();
  if (!gone && !is_wait_over(gone.error())) return tl::make_unexpected(gone.error());
  if (const Status taken = in.take_all(); !taken) return tl::make_unexpected(taken.error());
  return out.closed() || in.ended() ||
         context.progress().done.load(std::memory_order_relaxed) != before;
}

// Until all of the own has gone and is closed. Whoever waits for room meanwhile stands in the wait
// set for the watchdog: it would take tries that follow each other for progress.
Status exchange(WorkerContext& context, Outgoing& out, Incoming& in, std::size_t from) {
  // Room to send is not an event that a wait set knows, so it is looked for this often.
  constexpr std::uint64_t look_again_ns = 200'000;
  WaitSet set(context.spec().wait);
  set.add(context.receiver(from));
  context.progress().enter(Operation::wait_set, static_cast<std::uint32_t>(from));
  while (!out.closed() && !in.ended()) {
    const auto moved = exchange_once(context, out, in);
    if (!moved) return tl::make_unexpected(moved.error());
    if (*moved) continue;
    const auto ready = set.wait(Deadline::after(look_again_ns), context.open_context());
    if (!ready && ready.error().code != Errc::timeout) return tl::make_unexpected(ready.error());
  }
  // The other side sends nothing more and still takes: to wait for room is safe now.
  while (!out.done()) {
    if (const Status sent = out.send(); !sent) return sent;
  }
  return out.closed() ? Status{} : out.close();
}

Status work_both_ways(WorkerContext& context) {
  const std::size_t to = context.index();
  const std::size_t from = 1 - to;
  Outgoing out(context, to);
  Incoming in(context, from);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  if (context.role() == "right") come_late(context.spec());
  note_start(context);
  if (const Status done = exchange(context, out, in, from); !done) return done;
  return in.drain();
}

// Both ends in this worker: each chunk is taken before the next is sent.
Status work_as_both(WorkerContext& context) {
  const std::size_t ways = both_ways(context.spec()) ? 2 : 1;
  std::vector<Outgoing> out;
  std::vector<Incoming> in;
  for (std::size_t i = 0; i < ways; ++i) {
    out.emplace_back(context, i);
    in.emplace_back(context, i);
  }
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  come_late(context.spec());
  note_start(context);
  while (!out.back().done()) {
    for (Outgoing& one : out) {
      if (const Status sent = one.send(); !sent) return sent;
    }
    for (Incoming& one : in) {
      if (const Status got = one.take_all(); !got) return got;
    }
  }
  for (Outgoing& one : out) {
    if (const Status closed = one.close(); !closed) return closed;
  }
  for (Incoming& one : in) {
    if (const Status drained = one.drain(); !drained) return drained;
  }
  return {};
}

Status work(WorkerContext& context) {
  if (naive(context.spec())) return run_naive(context, chunk_of(context.spec()));
  Status done;
  if (context.role() == "sender") {
    done = send_one_way(context);
  } else if (context.role() == "receiver") {
    done = receive_one_way(context);
  } else if (context.role() == "both") {
    done = work_as_both(context);
  } else {
    done = work_both_ways(context);
  }
  context.report().ok = done.has_value();
  return done;
}

std::string contradiction(const RunSpec& spec, const Trial& trial) {
  // Naive: as much as the mechanism needs to overflow.
  if (naive(spec)) return {};
  return wrong_count(trial, "bytes_expected",
                     static_cast<std::int64_t>(spec.size) * (both_ways(spec) ? 2 : 1));
}

void reduce(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  if (naive(spec)) return reduce_naive(spec, reports, trial);
  std::int64_t bytes = 0;
  std::int64_t took = 0;
  for (const WorkerReport& report : reports) {
    bytes += count_of(report, "bytes_received");
    took = std::max(took, count_of(report, "transfer_ns"));
  }
  const auto expected = static_cast<std::int64_t>(spec.size) * (both_ways(spec) ? 2 : 1);
  trial.counts["bytes_received"] = bytes;
  trial.counts["bytes_expected"] = expected;
  trial.metrics.push_back({"transfer_ns", static_cast<double>(took), Unit::nanoseconds});
  if (took > 0) {
    trial.metrics.push_back({"bytes_rate",
                             static_cast<double>(bytes) * 1e9 / static_cast<double>(took),
                             Unit::bytes_per_second});
  }
  gather(reports, trial);
  if (bytes != expected) {
    reject(trial, fmt::format("{} bytes arrived, not {}", bytes, expected));
  }
}

}  // namespace
}  // namespace large_payload_detail

ScenarioEntry large_payload_scenario() {
  using namespace large_payload_detail;
  ScenarioEntry entry;
  entry.name = "large_payload";
  entry.summary = "a large payload arrives complete and intact, one way or both ways at once";
  entry.timed = false;
  entry.default_size = 1'000'000;
  entry.variants = {{}, {{"both_ways", 1}}, {{"protocol", 1}}};
  entry.options = {
      word_option(
          "protocol", {"chunked", "naive"},
          "how both send\n"
          "naive: both send everything before either receives, at least four times what the "
          "channel was granted, which deadlocks where it does not fit."),
      flag_option("both_ways",
                  "both sides send and receive\nEach sends its own and takes the other's."),
      time_option("receiver_late_ns", default_lateness_ns,
                  "delay of the receiver\nHow late it begins to receive."),
      size_option("chunk", default_chunk, "largest piece sent\nAt a time, both ways.")};
  entry.processes = "1 sender, 1 receiver; or 2 peers that are both";
  entry.invariants = {
      "every byte of the payload arrives, in order and intact",
      "neither side waits for ever for the other",
      "naive: where the payload does not fit, the deadlock is found and named; where "
      "it fits, none is reported"};
  entry.figures = {
      {.name = "transfer_ns",
       .unit = Unit::nanoseconds,
       .better = Better::lower,
       .sentence = "From when both ends are ready to the arrival of the last byte, checked; the "
                   "receiver comes late on purpose, and what the mechanism holds is sent by then."},
      bytes_rate_figure("Bytes that arrived, of both ways together, over that time."),
      count_figure("bytes_received", "Bytes that arrived.", Proof::reached, Unit::bytes),
      count_figure("bytes_expected", "Bytes that were sent.", Proof::expected, Unit::bytes),
  };
  entry.notes = {
      "both ways, who finds its channel full tries again when something comes, or after 200 us: "
      "the "
      "times hold such pauses, which are the scenario's own and not the mechanism's"};
  entry.layout = layout;
  entry.work = work;
  entry.reduce = reduce;
  entry.contradiction = contradiction;
  return entry;
}

}  // namespace ipcmark
