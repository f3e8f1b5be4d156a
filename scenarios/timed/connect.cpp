// Connections that live for one exchange: a client makes a pair of channels, hands them to the
// server, sends one message, takes the answer, and both close and forget the channels. Again and
// again, one connection at a time, each timed from before its channels exist until they are gone.
//
// The client tells the server of a connection as programs do that have no name to go by: over a
// Unix socket, with the descriptors that the channels consist of. What is known by a name alone
// (a FIFO, a queue) travels as that name. That message is part of every connection's time.
#include <fmt/format.h>

#include <memory>
#include <utility>
#include <vector>

#include "scenarios/figures.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/timing/stop_condition.hpp"
#include "scenarios/timing/warm_up.hpp"
#include "scenarios/traffic/channel_fit.hpp"
#include "scenarios/traffic/message_ends.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {

namespace connect_detail {
namespace {

constexpr std::size_t there = 0;  // of a connection's two channels
constexpr std::size_t back = 1;
constexpr std::uint32_t only_sender = 0;

Layout layout(const RunSpec& spec, const BackendEntry* backend) {
  Layout result;
  result.roles = {"client", "server"};
  result.own_channel = channel_of(spec);
  // A connection carries one message each way, and memory for thousands would be zeroed and mapped
  // for it: that took a ring of the default size 40 times as long as all the rest.
  const bool memory = backend->group == MechanismGroup::shared_memory;
  if (memory && spec.depth == 0) result.own_channel->depth = 1;
  result.shared_bytes = sizeof(SentCount);
  if (spec.zero_copy) result.unsupported_reason = "sends copies only";
  if (*backend->opened_once != '\0') result.unsupported_reason = backend->opened_once;
  return result;
}

// How many connections the client made, told before it ends.
SentCount& connections_of(WorkerContext& context) { return context.shared_as<SentCount>(); }

// One side of all connections: the n-th message of each direction travels over the n-th connection.
class Side {
 public:
  Side(WorkerContext& context, std::size_t to, std::size_t from)
      : context_(context),
        spec_(context.spec()),
        to_(to),
        from_(from),
        buffer_(spec_.size),
        tracker_(context.report(), channel_seed(spec_, from), spec_.verify, 1),
        verified_(spec_.verify != Verify::off),
        touch_(spec_.touch == Touch::full) {}

  Status open_sender(Address address) {
    context_.progress().enter(Operation::send, static_cast<std::uint32_t>(to_));
    auto sender = context_.open_own_sender(std::move(address), to_);
    if (!sender) return tl::make_unexpected(sender.error());
    sender_ = std::move(*sender);
    return {};
  }
  Status open_receiver(Address address) {
    auto receiver = context_.open_own_receiver(std::move(address), from_);
    if (!receiver) return tl::make_unexpected(receiver.error());
    receiver_ = std::move(*receiver);
    return {};
  }

  Status send() {
    context_.progress().enter(Operation::send, static_cast<std::uint32_t>(to_));
    if (touch_ && spec_.verify != Verify::full) touch_write(buffer_.span(), sent_);
    if (verified_) {
      stamp_message(buffer_.span(), {only_sender, sent_}, channel_seed(spec_, to_), spec_.verify);
    }
    const Status sent = sender_->send(buffer_.span(), Deadline::never());
    if (!sent) return sent;
    context_.progress().count(++sent_);
    return {};
  }
  // closed: no message came on this connection any more.
  Status receive() {
    context_.progress().enter(Operation::receive, static_cast<std::uint32_t>(from_));
    const auto size = receiver_->receive(buffer_.span(), Deadline::never());
    if (!size) return tl::make_unexpected(size.error());
    ++received_;
    const std::span<const std::byte> message = buffer_.span().first(*size);
    if (touch_) keep(touch_read(message));
    if (verified_) return judged(tracker_.arrived(message, spec_.size));
    if (*size == spec_.size) return {};
    ++context_.report().integrity.wrong_length;
    return not_intact(Finding::wrong_length);
  }
  Status close() {
    context_.progress().enter(Operation::close, static_cast<std::uint32_t>(to_));
    return sender_->close(Deadline::never());
  }
  // Takes what should not be there any more, until the other side has closed.
  Status drain() {
    Status rest = receive();
    while (rest) rest = receive();
    return rest.error().code == Errc::closed ? Status{} : rest;
  }
  void forget() {
    sender_.reset();
    receiver_.reset();
  }

  std::uint64_t sent() const { return sent_; }
  // Enters what came, compared with what was sent. Once, at the end.
  void settle(std::uint64_t sent) {
    const std::uint64_t all[] = {sent};
    if (verified_) return tracker_.settle(all);
    add(context_.report().integrity, settled_by_number(received_, all));
  }

 private:
  WorkerContext& context_;
  const RunSpec& spec_;
  std::size_t to_, from_;
  MessageBuffer buffer_;
  DeliveryTracker tracker_;
  bool verified_, touch_;
  std::unique_ptr<Sender> sender_;
  std::unique_ptr<Receiver> receiver_;
  std::uint64_t sent_ = 0, received_ = 0;
};

class Client {
 public:
  explicit Client(WorkerContext& context)
      : context_(context), side_(context, there, back), samples_(context.samples()) {}

  Status run() {
    const RunSpec& spec = context_.spec();
    if (const Status ready = context_.barrier(Stage::run); !ready) return ready;
    if (const Status first = connect(); !first) return first;
    const std::uint64_t first_ns = ended_ - begun_;
    WarmUp warm(spec.warmup_ns, ended_);
    while (!warm.over(ended_, side_.sent())) {
      if (const Status done = connect(); !done) return done;
    }
    const TripEnd end(spec, now_ns(), spec.duration_ns);
    std::uint64_t count = 0;
    for (ended_ = now_ns(); !end.reached(ended_, count); ++count) {
      if (const Status done = connect(); !done) return done;
      enter();
    }
    connections_of(context_).publish(side_.sent());
    if (const Status reported = context_.give({}); !reported) return reported;
    report(count, first_ns, warm.steady());
    return {};
  }

 private:
  // From nothing to nothing.
  Status connect() {
    begun_ = now_ns();
    auto to = context_.create_channel();
    if (!to) return tl::make_unexpected(to.error());
    auto from = context_.create_channel();
    if (!from) return tl::make_unexpected(from.error());
    if (const Status opened = open(**to, **from); !opened) return opened;
    open_ = now_ns();
    if (const Status sent = side_.send(); !sent) return sent;
    if (const Status answered = side_.receive(); !answered) return over(answered);
    answered_ = now_ns();
    if (const Status closed = side_.close(); !closed) return closed;
    if (const Status drained = side_.drain(); !drained) return drained;
    side_.forget();
    to->reset();
    from->reset();
    ended_ = now_ns();
    return {};
  }
  Status open(Channel& to, Channel& from) {
    std::vector<Address> addresses;
    addresses.reserve(2);
    addresses.push_back(to.address());
    addresses.push_back(from.address());
    if (const Status given = context_.give(std::move(addresses)); !given) return given;
    // In the order of the channels on both sides: where opening waits for the other end, there is
    // no cycle.
    if (const Status opened = side_.open_sender(to.address()); !opened) return opened;
    if (const Status opened = side_.open_receiver(from.address()); !opened) return opened;
    to.seal();
    from.seal();
    return {};
  }
  // A server that closes without an answer is no end of the run.
  static Status over(const Status& answered) {
    if (answered.error().code != Errc::closed) return answered;
    return fail(Errc::corrupt, "a connection was closed before its answer came");
  }

  void enter() {
    connection_.record(ended_ - begun_);
    set_up_.record(open_ - begun_);
    exchange_.record(answered_ - open_);
    take_down_.record(ended_ - answered_);
    if (samples_ != nullptr) samples_->add(begun_, ended_ - begun_);
  }

  void report(std::uint64_t measured, std::uint64_t first_ns, bool steady) {
    WorkerReport& report = context_.report();
    report.steady = steady;
    report.histograms["connection"] = std::move(connection_);
    report.histograms["set_up"] = std::move(set_up_);
    report.histograms["exchange"] = std::move(exchange_);
    report.histograms["take_down"] = std::move(take_down_);
    report.metrics.push_back(
        {"first_message_ns", static_cast<double>(first_ns), Unit::nanoseconds});
    side_.settle(side_.sent());
    report.tallies["messages"] = static_cast<std::int64_t>(2 * measured);
    report.tallies["messages_total"] = static_cast<std::int64_t>(2 * side_.sent());
    report.ok = true;
  }

  WorkerContext& context_;
  Side side_;
  SampleLog* samples_;                                             // null: the run keeps none
  std::uint64_t begun_ = 0, open_ = 0, answered_ = 0, ended_ = 0;  // of the last connection
  Histogram connection_, set_up_, exchange_, take_down_;
};

Status serve(WorkerContext& context) {
  Side side(context, back, there);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  for (;;) {
    context.progress().enter(Operation::shared_word, 0);
    auto addresses = context.take();
    if (!addresses) return tl::make_unexpected(addresses.error());
    if (addresses->empty()) break;
    if (addresses->size() != 2) return fail(Errc::corrupt, "addresses of a connection");
    if (const Status opened = side.open_receiver(std::move(addresses->front())); !opened) {
      return opened;
    }
    if (const Status opened = side.open_sender(std::move(addresses->back())); !opened) {
      return opened;
    }
    Status got = side.receive();
    if (got) got = side.send();
    // Nothing came: the client says what it misses.
    if (!got && got.error().code != Errc::closed) return got;
    if (got) {
      if (const Status drained = side.drain(); !drained) return drained;
    }
    if (const Status closed = side.close(); !closed) return closed;
    side.forget();
  }
  side.settle(connections_of(context).published());
  context.report().ok = true;
  return {};
}

Status work(WorkerContext& context) {
  return context.role() == "client" ? Client(context).run() : serve(context);
}

std::string contradiction(const RunSpec& spec, const Trial& trial) {
  const auto connections = trial.histograms.find("connection");
  if (connections == trial.histograms.end()) return {};
  auto wrong =
      wrong_count(trial, "messages", static_cast<std::int64_t>(2 * connections->second.count()));
  if (!wrong.empty() || spec.messages == 0) return wrong;
  return wrong_count(trial, "messages", static_cast<std::int64_t>(2 * spec.messages));
}

void reduce(const RunSpec&, const std::vector<WorkerReport>& reports, Trial& trial) {
  const WorkerReport& client = report_of(reports, "client");
  trial.metrics = client.metrics;
  trial.histograms = client.histograms;
  publish(client, {"messages", "messages_total"}, trial);
  gather(reports, trial);
}

}  // namespace
}  // namespace connect_detail

ScenarioEntry connect_scenario() {
  using namespace connect_detail;
  ScenarioEntry entry;
  entry.name = "connect";
  entry.summary = "connections for one exchange each: made, opened, one message each way, closed";
  entry.on_request = true;
  entry.checked = true;
  entry.awaits_answers = true;
  entry.processes = "1 client, 1 server";
  entry.invariants = {
      "on each connection one message arrives each way, with its length; with --verify also its "
      "sequence and bytes",
      "nothing follows it, and each side sees the other close"};
  entry.figures = {
      {.name = "connection",
       .unit = Unit::nanoseconds,
       .better = Better::lower,
       .sentence = "A connection from nothing to nothing, by the client's clock: both channels "
                   "made, handed over and opened, one message there and one back, both closed, "
                   "nothing left of them.",
       .as = Recorded::histogram,
       .headline = true,
       .gated = true,
       .plain_quantile = true},
      time_figure("set_up",
                  "Of it, until the client's ends are open: making the channels, and telling the "
                  "server of them over a Unix socket."),
      time_figure("exchange",
                  "Of it, the message there and back, which the server opens its ends for."),
      time_figure("take_down", "The rest: closing, seeing the server close, and removing."),
      first_message_figure("Cold: the first connection."),
      count_figure("messages", "Messages of the connections that were measured, both ways."),
  };
  entry.notes = {
      "a connection is two channels, one each way, as everywhere in ipcmark: over tcp that is two "
      "connections, each with a listener of its own",
      "a channel in shared memory is made for one message unless --depth says otherwise: memory "
      "for more is zeroed and mapped for nothing (the default ring of 4 MiB takes 7 ms)",
      "mmap_file: most of the time is the kernel's, which gives up a deleted file; on ext4 the "
      "last "
      "close takes 2 to 5 ms, whatever the file's size; in a tmpfs (IPCMARK_RUNTIME_DIR) nothing",
      "--messages counts connections: exactly so many are measured",
      "--fault counts the messages of all connections together",
      "cpu_per_message: CPU time of both sides over all messages, warm-up included"};
  entry.layout = layout;
  entry.work = work;
  entry.reduce = reduce;
  entry.contradiction = contradiction;
  return entry;
}

}  // namespace ipcmark
