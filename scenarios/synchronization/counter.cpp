// Counter: processes × increments must come to exactly that number. Over a lock it is a cell in
// shared memory. Over a backend it takes the plan that the capabilities allow:
//   token   many senders and many receivers: the one message in the channel carries the value, and
//           whoever has taken it holds the lock
//   owner   one more process holds the counter and is sent increments, over one channel where many
//           may send, else over one each
//   both    a backend within one process: one worker sends increments to itself
// An owner word in shared memory shows whether two ever held lock or token at once.
#include <fmt/format.h>
#include <sched.h>

#include <array>
#include <cstring>
#include <memory>
#include <vector>

#include "backends/wait_set.hpp"
#include "scenarios/figures.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/timing/joint_rate.hpp"
#include "scenarios/timing/think_time.hpp"
#include "scenarios/traffic/channel_fit.hpp"
#include "scenarios/traffic/message_ends.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {

namespace counter_detail {
namespace {

constexpr std::int64_t default_processes = 3;
constexpr std::int64_t default_increments = 5;
constexpr std::size_t token_bytes = stamp_bytes + 2 * sizeof(std::uint64_t);
constexpr std::uint32_t nobody = 0;
constexpr std::uint64_t longest_stay_ns = 2'000'000'000;  // under the fault, until another comes

struct Shared {
  alignas(64) std::atomic<std::uint64_t> cell{0};
  alignas(64) std::atomic<std::uint32_t> holder{nobody};
  alignas(64) std::array<SentCount, max_processes> sent{};  // by each, at its end
};

std::int64_t processes_of(const RunSpec& spec) { return spec.option("processes"); }
std::uint64_t increments_of(const RunSpec& spec) {
  return static_cast<std::uint64_t>(spec.option("increments"));
}

std::vector<unsigned> numbers(unsigned first, unsigned count) {
  std::vector<unsigned> result;
  for (unsigned i = 0; i < count; ++i) result.push_back(first + i);
  return result;
}

// Whether each of its messages reaches exactly one of the many receivers.
bool is_work_queue(const BackendEntry& backend, const ChannelSpec& channel, const RunSpec& spec) {
  const Capabilities can = backend.capabilities(channel);
  return can.many_receivers && unsupported_reason(can, channel, spec).empty();
}

Layout owner_layout(const RunSpec& spec, const BackendEntry& backend, unsigned processes) {
  Layout result;
  result.roles.assign(processes + 1, "incrementer");
  result.roles.front() = "owner";
  const ChannelSpec shared = channel_of(spec, processes, 1);
  if (unsupported_reason(backend.capabilities(shared), shared, spec).empty()) {
    result.channels = {{shared, numbers(1, processes), {0}}};
    return result;
  }
  const ChannelSpec single = channel_of(spec);
  for (unsigned i = 0; i < processes; ++i) result.channels.push_back({single, {i + 1}, {0}});
  return result;
}

Layout layout(const RunSpec& spec, const BackendEntry* backend) {
  Layout result;
  const std::int64_t asked = processes_of(spec);
  if (asked < 1 || asked > max_processes) {
    result.unsupported_reason = fmt::format("needs processes between 1 and {}", max_processes);
    return result;
  }
  const auto processes = static_cast<unsigned>(asked);
  if (backend == nullptr) {
    result.roles.assign(processes, "incrementer");
    result.locks = {spec.lock};
  } else if (spec.size < token_bytes) {
    result.unsupported_reason = fmt::format("needs messages of at least {} bytes", token_bytes);
  } else if (in_one_process(*backend, spec)) {
    const ChannelSpec channel = channel_of(spec);
    result.roles = {"both"};
    result.channels = {{channel, {0}, {0}}};
  } else if (const ChannelSpec channel = channel_of(spec, processes, processes);
             processes > 1 && is_work_queue(*backend, channel, spec)) {
    result.roles.assign(processes, "incrementer");
    result.channels = {{channel, numbers(0, processes), numbers(0, processes)}};
  } else {
    result = owner_layout(spec, *backend, processes);
  }
  result.shared_bytes = sizeof(Shared);
  return result;
}

// Notes who holds lock or token; counts whenever somebody else did already.
class HolderCheck {
 public:
  explicit HolderCheck(WorkerContext& context)
      : word_(context.shared_as<Shared>().holder), me_(context.index() + 1) {}
  void enter() { broken_ += word_.exchange(me_, std::memory_order_relaxed) != nobody ? 1U : 0U; }
  void leave() { word_.store(nobody, std::memory_order_relaxed); }
  // Until another has come in too.
  void await_another() const {
    const std::uint64_t until = now_ns() + longest_stay_ns;
    while (word_.load(std::memory_order_relaxed) == me_ && now_ns() < until) ::sched_yield();
  }
  std::int64_t broken() const { return static_cast<std::int64_t>(broken_); }

 private:
  std::atomic<std::uint32_t>& word_;
  std::uint32_t me_;
  std::uint64_t broken_ = 0;
};

// A plain load and a plain store, as `counter += 1` is: only the lock makes it exact.
Status work_with_lock(WorkerContext& context) {
  Lock& lock = context.lock(0);
  std::atomic<std::uint64_t>& cell = context.shared_as<Shared>().cell;
  HolderCheck holder(context);
  const std::uint64_t increments = increments_of(context.spec());
  const std::int64_t think_ns = think_time_of(context.spec());
  const bool unlocked = context.inject("unlocked");
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  const std::uint64_t begin = now_ns();
  for (std::uint64_t i = 0; i < increments; ++i) {
    context.progress().enter(Operation::lock, 0);
    if (!unlocked) {
      if (const Status locked = lock.lock(Deadline::never()); !locked) return locked;
    }
    holder.enter();
    if (unlocked && i == 0) holder.await_another();
    const std::uint64_t value = cell.load(std::memory_order_relaxed);
    think(context, think_ns);
    cell.store(value + 1, std::memory_order_relaxed);
    holder.leave();
    if (!unlocked) {
      if (const Status freed = lock.unlock(); !freed) return freed;
    }
    context.progress().count(i + 1);
  }
  note_interval(context.report(), begin, now_ns());
  // The cell is final once every worker has come here.
  if (const Status ready = context.barrier(Stage::drain); !ready) return ready;
  context.report().tallies["final"] = static_cast<std::int64_t>(cell.load());
  context.report().tallies["two_holders"] = holder.broken();
  context.report().ok = true;
  return {};
}

// The token's message: stamped, then the value and how many processes are through.
class Token {
 public:
  explicit Token(const RunSpec& spec) : buffer_(spec.size), spec_(spec) {}

  Status send(Sender& sender, std::uint32_t from) {
    std::memcpy(buffer_.span().data() + stamp_bytes, &value, sizeof value);
    std::memcpy(buffer_.span().data() + stamp_bytes + sizeof value, &finished, sizeof finished);
    seal_message(buffer_.span(), {from, value}, spec_.seed);
    return sender.send(buffer_.span(), Deadline::never());
  }

  Status receive(Receiver& receiver, Integrity& integrity) {
    const auto size = receiver.receive(buffer_.span(), Deadline::never());
    if (!size) return tl::make_unexpected(size.error());
    ++integrity.checked;
    const Examination seen =
        examine_message(buffer_.span().first(*size), spec_.size, spec_.seed, Verify::full);
    if (seen.finding != Finding::intact) {
      ++(seen.finding == Finding::wrong_length ? integrity.wrong_length : integrity.corrupted);
      return not_intact(seen.finding);
    }
    std::memcpy(&value, buffer_.span().data() + stamp_bytes, sizeof value);
    std::memcpy(&finished, buffer_.span().data() + stamp_bytes + sizeof value, sizeof finished);
    return {};
  }

  std::uint64_t value = 0;
  std::uint64_t finished = 0;

 private:
  MessageBuffer buffer_;
  const RunSpec& spec_;
};

// Only the last one through may look for what should not be there: a second token.
Status look_for_another_token(WorkerContext& context, Token& token) {
  Integrity ignored;
  context.progress().enter(Operation::receive, 0);
  Status more = token.receive(context.receiver(0), ignored);
  for (; more; more = token.receive(context.receiver(0), ignored)) {
    ++context.report().integrity.duplicated;
  }
  return more.error().code == Errc::closed ? Status{} : more;
}

Status work_with_token(WorkerContext& context) {
  const RunSpec& spec = context.spec();
  Token token(spec);
  HolderCheck holder(context);
  WorkerReport& report = context.report();
  const std::uint64_t increments = increments_of(spec);
  const std::int64_t think_ns = think_time_of(spec);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  const std::uint64_t begin = now_ns();
  if (context.index() == 0) {
    if (const Status sent = token.send(context.sender(0), 0); !sent) return sent;
  }
  bool last = false;
  // With nothing to add, each still takes its turn, so that the last one is known.
  const std::uint64_t turns = increments == 0 ? 1 : increments;
  for (std::uint64_t i = 0; i < turns; ++i) {
    context.progress().enter(Operation::receive, 0);
    if (const Status got = token.receive(context.receiver(0), report.integrity); !got) return got;
    holder.enter();
    think(context, think_ns);
    if (increments != 0) ++token.value;
    if (i + 1 == turns) ++token.finished;
    last = token.finished == context.workers();
    report.tallies["final"] = static_cast<std::int64_t>(token.value);
    holder.leave();
    if (last) break;
    context.progress().enter(Operation::send, 0);
    const Status sent = token.send(context.sender(0), context.index());
    if (!sent) return sent;
    context.progress().count(i + 1);
  }
  note_interval(report, begin, now_ns());
  context.progress().enter(Operation::close, 0);
  if (const Status done = context.sender(0).close(Deadline::never()); !done) return done;
  if (last) {
    if (const Status looked = look_for_another_token(context, token); !looked) return looked;
  }
  report.tallies["two_holders"] = holder.broken();
  report.ok = true;
  return {};
}

// The channel of an incrementer, and its number among the senders of that channel.
struct Route {
  std::size_t channel;
  std::uint32_t number;
};
Route route_of(WorkerContext& context) {
  const unsigned place = context.index() - 1;  // the owner is worker 0
  // One channel each, or the first for all.
  if (place != 0 && context.sends(place)) return {place, 0};
  return {0, place};
}

Status work_as_incrementer(WorkerContext& context) {
  const Route route = route_of(context);
  Sender& sender = context.sender(route.channel);
  Outbox outbox(sender, context.spec(), route.number, route.channel);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  const std::uint64_t increments = increments_of(context.spec());
  const std::int64_t think_ns = think_time_of(context.spec());
  const auto channel = static_cast<std::uint32_t>(route.channel);
  for (std::uint64_t i = 0; i < increments; ++i) {
    think(context, think_ns);
    context.progress().enter(Operation::send, channel);
    if (const Status sent = outbox.send_next(); !sent) return sent;
    context.progress().count(i + 1);
  }
  context.shared_as<Shared>().sent[context.index() - 1].publish(outbox.sent());
  context.progress().enter(Operation::close, channel);
  if (const Status closed = sender.close(Deadline::never()); !closed) return closed;
  context.report().ok = true;
  return {};
}

// Takes increments from many channels until each is closed.
Status collect(WorkerContext& context, std::vector<std::unique_ptr<Inbox>>& inboxes) {
  WaitSet set(context.spec().wait);
  std::vector<std::size_t> open;  // channel of each receiver in the set, in its order
  for (std::size_t i = 0; i < inboxes.size(); ++i) {
    set.add(context.receiver(i));
    open.push_back(i);
  }
  std::uint64_t count = 0;
  while (!open.empty()) {
    context.progress().enter(Operation::wait_set, 0);
    const auto ready = set.wait(Deadline::never(), context.open_context());
    if (!ready) return tl::make_unexpected(ready.error());
    const std::size_t channel = open[*ready];
    context.progress().enter(Operation::receive, static_cast<std::uint32_t>(channel));
    const Status received = inboxes[channel]->receive_next();
    if (received) {
      context.progress().count(++count);
      continue;
    }
    if (received.error().code != Errc::closed) return received;
    set.remove(context.receiver(channel));
    open.erase(open.begin() + static_cast<std::ptrdiff_t>(*ready));
  }
  return {};
}

Status work_as_owner(WorkerContext& context) {
  const auto processes = static_cast<std::size_t>(processes_of(context.spec()));
  const bool one_channel = processes == 1 || !context.receives(1);
  std::vector<std::unique_ptr<Inbox>> inboxes;
  for (std::size_t i = 0; i < (one_channel ? 1 : processes); ++i) {
    inboxes.push_back(std::make_unique<Inbox>(context, one_channel ? processes : 1, i));
  }
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  const std::uint64_t begin = now_ns();
  if (const Status done = collect(context, inboxes); !done) return done;
  note_interval(context.report(), begin, now_ns());
  std::vector<std::uint64_t> sent;
  for (std::size_t i = 0; i < processes; ++i)
    sent.push_back(context.shared_as<Shared>().sent[i].published());
  std::uint64_t counter = 0;
  for (std::size_t i = 0; i < inboxes.size(); ++i) {
    counter += inboxes[i]->received();
    inboxes[i]->settle(one_channel ? std::span<const std::uint64_t>(sent)
                                   : std::span<const std::uint64_t>(&sent[i], 1));
  }
  context.report().tallies["final"] = static_cast<std::int64_t>(counter);
  context.report().ok = true;
  return {};
}

Status work_as_both(WorkerContext& context) {
  Outbox outbox(context.sender(0), context.spec(), 0, 0);
  Inbox inbox(context, 1, 0);
  const auto total =
      static_cast<std::uint64_t>(processes_of(context.spec())) * increments_of(context.spec());
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  const std::uint64_t begin = now_ns();
  for (std::uint64_t i = 0; i < total; ++i) {
    if (const Status sent = outbox.send_next(); !sent) return sent;
    if (const Status received = inbox.receive_next(); !received) return received;
    context.progress().count(i + 1);
  }
  note_interval(context.report(), begin, now_ns());
  if (const Status closed = context.sender(0).close(Deadline::never()); !closed) return closed;
  const std::uint64_t sent[] = {outbox.sent()};
  inbox.settle(sent);
  context.report().tallies["final"] = static_cast<std::int64_t>(inbox.received());
  context.report().ok = true;
  return {};
}

Status work(WorkerContext& context) {
  if (!context.spec().lock.empty()) return work_with_lock(context);
  if (context.role() == "both") return work_as_both(context);
  if (context.role() == "owner") return work_as_owner(context);
  // Who takes the token also sends it.
  return context.receives(0) ? work_with_token(context) : work_as_incrementer(context);
}

// The control must lose updates; that it did, and that it was seen, is its success.
void judge_control(std::int64_t lost, std::int64_t expected, Trial& trial) {
  trial.reason =
      lost > 0 ? fmt::format("caught: {} of {} updates lost", lost, expected)
               : fmt::format("nothing to catch: none of {} updates happened to be lost", expected);
}

std::string contradiction(const RunSpec& spec, const Trial& trial) {
  return wrong_count(trial, "counter_expected",
                     processes_of(spec) * static_cast<std::int64_t>(increments_of(spec)));
}

void reduce(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  const std::int64_t expected = processes_of(spec) * static_cast<std::int64_t>(increments_of(spec));
  std::int64_t final = 0;
  std::int64_t two_holders = 0;
  for (const WorkerReport& report : reports) {
    final = std::max(final, count_of(report, "final"));
    two_holders += count_of(report, "two_holders");
  }
  if (expected > 0)
    trial.metrics.push_back(joint_rate(reports, expected, Unit::operations_per_second));
  trial.counts["counter_final"] = final;
  trial.counts["counter_expected"] = expected;
  trial.counts["updates_lost"] = expected - final;
  trial.counts["two_holders"] = two_holders;
  gather(reports, trial);
  if (spec.lock == "none") return judge_control(expected - final, expected, trial);
  // First what is the reason of the other.
  if (two_holders != 0) {
    reject(trial, fmt::format("two processes held the {} at once, {} times",
                              spec.lock.empty() ? "token" : "lock", two_holders));
  }
  if (final != expected) reject(trial, fmt::format("counter is {}, not {}", final, expected));
}

}  // namespace
}  // namespace counter_detail

ScenarioEntry counter_scenario() {
  using namespace counter_detail;
  ScenarioEntry entry;
  entry.name = "counter";
  entry.awaits_answers = true;
  entry.summary = "processes add to one counter, which must come to exactly their sum";
  entry.uses_lock = true;
  entry.timed = false;
  entry.options = {
      count_option("processes", default_processes, "how many processes add", 1, max_processes),
      count_option("increments", default_increments, "how often each adds 1"),
      time_option("think_time_ns", 0, "pause inside each increment")};
  entry.faults = {{"unlocked", "the lock is not taken (over locks)"}};
  entry.processes = "processes (3) incrementers; over a one-to-one transport an owner beside them";
  entry.invariants = {"the counter ends at exactly processes x increments (15)",
                      "two processes never hold the lock or the token at once",
                      "every message arrives once, in order and intact",
                      "under the control `none` updates are lost, and the loss is caught"};
  entry.figures = {
      rate_figure(Unit::operations_per_second, "Increments of all processes in a second."),
      count_figure("counter_final", "What the counter came to.", Proof::reached),
      count_figure("counter_expected", "What it should have come to.", Proof::expected),
      count_figure("updates_lost", "The difference."),
      count_figure("two_holders", "How often two processes held the lock or the token at once."),
  };
  entry.layout = layout;
  entry.work = work;
  entry.reduce = reduce;
  entry.contradiction = contradiction;
  return entry;
}

}  // namespace ipcmark
