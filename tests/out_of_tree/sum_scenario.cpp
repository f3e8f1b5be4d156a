// sum: a process sends the numbers 1 to n, another adds them up. A user's own scenario.
#include "tests/out_of_tree/sum_scenario.hpp"

#include <cstring>

namespace {

using namespace ipcmark;

constexpr std::int64_t default_numbers = 1000;

ChannelSpec channel_spec(const RunSpec& spec) {
  ChannelSpec channel;
  channel.largest_message = sizeof(std::int64_t);
  channel.depth = spec.depth;
  channel.wait = spec.wait;
  return channel;
}

// Pure: two workers and the channel between them, or why not.
Layout layout(const RunSpec& spec, const BackendEntry* backend) {
  Layout result;
  result.roles = {"sender", "adder"};
  result.channels = {{channel_spec(spec), {0}, {1}}};
  const Capabilities can = backend->capabilities(channel_spec(spec));
  result.unsupported_reason = can.one_process ? "needs two processes" : can.unsupported_reason;
  return result;
}

Status send_numbers(WorkerContext& context) {
  Sender& sender = context.sender(0);
  const std::int64_t numbers = context.spec().option("numbers");
  for (std::int64_t number = 1; number <= numbers; ++number) {
    context.progress().enter(Operation::send, 0);
    const auto bytes = std::as_bytes(std::span(&number, 1));
    if (auto sent = sender.send(bytes, Deadline::never()); !sent) return sent;
    context.progress().count(static_cast<std::uint64_t>(number));
  }
  return sender.close(Deadline::never());
}

Status add_up(WorkerContext& context) {
  Receiver& receiver = context.receiver(0);
  std::int64_t sum = 0;
  while (true) {
    std::int64_t number = 0;
    context.progress().enter(Operation::receive, 0);
    const auto got =
        receiver.receive(std::as_writable_bytes(std::span(&number, 1)), Deadline::never());
    if (!got && got.error().code == Errc::closed) break;
    if (!got) return tl::make_unexpected(got.error());
    sum += number;
    context.report().integrity.checked += 1;
  }
  context.report().tallies["sum"] = sum;
  return {};
}

// In each worker: start together, do the part of this worker's role, drain, report.
Status work(WorkerContext& context) {
  if (auto ready = context.barrier(Stage::run); !ready) return ready;
  auto done = context.role() == "sender" ? send_numbers(context) : add_up(context);
  context.progress().leave();
  if (!done) return done;
  if (auto drained = context.barrier(Stage::drain); !drained) return drained;
  context.report().ok = true;
  return {};
}

// Pure: what the workers report becomes one trial; the invariant is checked here.
void reduce(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  const WorkerReport& adder = reports.at(1);
  const std::int64_t numbers = spec.option("numbers");
  const std::int64_t expected = numbers * (numbers + 1) / 2;
  trial.integrity = adder.integrity;
  trial.counts["sum"] = adder.tallies.at("sum");
  if (trial.counts["sum"] != expected) {
    trial.state = State::failed;
    trial.reason =
        "the sum is " + std::to_string(trial.counts["sum"]) + ", not " + std::to_string(expected);
  }
}

}  // namespace

ipcmark::ScenarioEntry sum_scenario() {
  return {.name = "sum",
          .summary = "numbers added up in another process",
          .uses_backend = true,
          .uses_lock = false,
          .timed = false,
          .options = {count_option("numbers", default_numbers, "how many numbers are sent")},
          .figures = {{.name = "sum",
                       .sentence = "What the numbers came to.",
                       .as = ipcmark::Recorded::count}},
          .layout = layout,
          .work = work,
          .reduce = reduce};
}
