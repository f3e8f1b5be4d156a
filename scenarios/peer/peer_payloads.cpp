// The ends of large_payload and sentinel_stream.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "backends/deadline.hpp"
#include "scenarios/peer/peer_messages.hpp"
#include "scenarios/peer/peer_role.hpp"
#include "scenarios/timing/think_time.hpp"

namespace ipcmark {
namespace {

constexpr std::size_t stop_bytes = 4;
constexpr std::array<std::byte, stop_bytes> stop_message{std::byte{'S'}, std::byte{'T'},
                                                         std::byte{'O'}, std::byte{'P'}};

// A payload in nearly equal pieces, none larger than a chunk.
class Pieces {
 public:
  explicit Pieces(const RunSpec& spec) {
    const auto chunk =
        static_cast<std::uint64_t>(std::max<std::int64_t>(spec.option("chunk", 8192), 1));
    count_ = std::max<std::uint64_t>(1, (spec.size + chunk - 1) / chunk);
    small_ = spec.size / count_;
    larger_ = spec.size % count_;
  }
  std::uint64_t count() const { return count_; }
  std::size_t size(std::uint64_t index) const { return small_ + (index < larger_ ? 1 : 0); }
  std::size_t largest() const { return size(0); }

 private:
  std::uint64_t count_ = 1, small_ = 0, larger_ = 0;
};

PeerOutbox payload_outbox(PeerTask& task, std::size_t largest, const std::string& fault) {
  const PeerQuestion& question = task.question;
  return {std::move(task.sender), question.spec, question.worker, largest, Verify::full, fault};
}

PeerInbox payload_inbox(PeerTask& task, std::size_t largest) {
  const PeerQuestion& question = task.question;
  return {std::move(task.receiver), question.spec, 1 - question.worker, largest, Verify::full};
}

// One or the other may be missing.
void report_transfer(PeerReport& report, const PeerOutbox* out, const PeerInbox* in) {
  if (out != nullptr) {
    report.counts["sent"] = static_cast<std::int64_t>(out->sent());
    report.counts["happened"] = out->fault_happened() ? 1 : 0;
  }
  if (in == nullptr) return;
  report.counts["bytes"] = static_cast<std::int64_t>(in->bytes());
  report.account = in->account();
}

void note_time(PeerReport& report, const char* name) {
  report.counts[name] = static_cast<std::int64_t>(now_ns());
}

// All is sent before anything is received: a deadlock, where it does not fit.
Status exchange_naively(PeerTask& task) {
  const std::size_t payload = task.question.payload;
  PeerOutbox out = payload_outbox(task, payload, {});
  PeerInbox in = payload_inbox(task, payload);
  if (const Status started = task.start(); !started) return started;
  note_time(task.report, "begin");
  if (const Status sent = out.send_next(payload); !sent) return sent;
  if (const Status ended = out.end(); !ended) return ended;
  while (!in.ended()) {
    if (const Status came = in.receive_next(payload); !came) return came;
  }
  note_time(task.report, "end");
  report_transfer(task.report, &out, &in);
  return {};
}

// One chunk out, one in: never more than one is under way each way.
Status exchange_in_turn(PeerTask& task) {
  const RunSpec& spec = task.question.spec;
  const bool first = task.question.worker == 0;
  const Pieces pieces(spec);
  PeerOutbox out = payload_outbox(task, pieces.largest(), spec.fault);
  PeerInbox in = payload_inbox(task, pieces.largest());
  const auto receive = [&in, &pieces]() -> Status {
    if (in.ended()) return {};
    return in.receive_next(pieces.size(std::min(in.received(), pieces.count() - 1)));
  };
  if (const Status started = task.start(); !started) return started;
  if (!first) pause_for(spec.option("receiver_late_ns", 0));
  note_time(task.report, "begin");
  while (out.sent() < pieces.count()) {
    if (!first) {
      if (const Status came = receive(); !came) return came;
    }
    if (const Status sent = out.send_next(pieces.size(out.sent())); !sent) return sent;
    if (first) {
      if (const Status came = receive(); !came) return came;
    }
  }
  if (const Status ended = out.end(); !ended) return ended;
  while (!in.ended()) {
    if (const Status came = receive(); !came) return came;
  }
  note_time(task.report, "end");
  report_transfer(task.report, &out, &in);
  return {};
}

}  // namespace

Status peer_exchange(PeerTask& task) {
  return task.question.spec.option("protocol", 0) != 0 ? exchange_naively(task)
                                                       : exchange_in_turn(task);
}

Status peer_send_chunks(PeerTask& task) {
  const RunSpec& spec = task.question.spec;
  const Pieces pieces(spec);
  PeerOutbox out = payload_outbox(task, pieces.largest(), spec.fault);
  if (const Status started = task.start(); !started) return started;
  char byte = 0;
  if (::read(task.ready.get(), &byte, 1) != 1) return fail(Errc::peer_died, "waiting for 'ready'");
  note_time(task.report, "begin");
  while (out.sent() < pieces.count()) {
    if (const Status sent = out.send_next(pieces.size(out.sent())); !sent) return sent;
  }
  if (const Status ended = out.end(); !ended) return ended;
  report_transfer(task.report, &out, nullptr);
  return {};
}

Status peer_receive_chunks(PeerTask& task) {
  const RunSpec& spec = task.question.spec;
  const Pieces pieces(spec);
  PeerInbox in = payload_inbox(task, pieces.largest());
  if (const Status started = task.start(); !started) return started;
  pause_for(spec.option("receiver_late_ns", 0));
  const char byte = 1;
  if (::write(task.ready.get(), &byte, 1) != 1) return fail(Errc::peer_died, "saying 'ready'");
  while (!in.ended()) {
    const std::size_t size = pieces.size(std::min(in.received(), pieces.count() - 1));
    if (const Status came = in.receive_next(size); !came) return came;
  }
  note_time(task.report, "end");
  report_transfer(task.report, nullptr, &in);
  return {};
}

Status peer_send_and_stop(PeerTask& task) {
  const RunSpec& spec = task.question.spec;
  auto count = static_cast<std::uint64_t>(std::max<std::int64_t>(spec.option("count", 0), 0));
  const bool early = spec.fault == "early_stop" && count > 0;
  const bool late = spec.fault == "after_stop";
  PeerOutbox out = payload_outbox(task, std::max<std::size_t>(spec.size, stop_bytes),
                                  early || late ? "" : spec.fault);
  if (early) --count;
  const std::int64_t think_ns = think_time_of(spec);
  if (const Status started = task.start(); !started) return started;
  while (out.sent() < count) {
    pause_for(think_ns);
    out.prepare(spec.size);
    task.report.stamps.push_back(now_ns());
    if (const Status sent = out.transmit(); !sent) return sent;
  }
  report_transfer(task.report, &out, nullptr);
  if (const Status sent = out.send_stop(stop_message); !sent) return sent;
  if (late) {
    if (const Status sent = out.send_next(spec.size); !sent) return sent;
  }
  if (const Status ended = out.end(); !ended) return ended;
  task.report.counts["happened"] = early || late || out.fault_happened() ? 1 : 0;
  return {};
}

Status peer_receive_until_stop(PeerTask& task) {
  const RunSpec& spec = task.question.spec;
  PeerInbox in = payload_inbox(task, std::max<std::size_t>(spec.size, stop_bytes));
  if (const Status started = task.start(); !started) return started;
  std::int64_t stops = 0;
  std::int64_t after_stop = 0;
  for (;;) {
    if (const Status came = in.await(); !came) return came;
    if (in.ended()) break;
    const auto message = in.message();
    if (stops != 0) {
      ++after_stop;
    } else if (std::equal(message.begin(), message.end(), stop_message.begin(),
                          stop_message.end())) {
      stops = 1;
    } else {
      task.report.stamps.push_back(now_ns());
      in.judge(spec.size);
    }
  }
  task.report.account = in.account();
  task.report.counts["stops"] = stops;
  task.report.counts["after_stop"] = after_stop;
  return {};
}

}  // namespace ipcmark
