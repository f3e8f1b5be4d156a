// Request and reply: clients call a server, which answers each over the client's own channel. A
// reply is matched to its request. Each client has one request outstanding, so its reply channel
// always has room and the server cannot block.
#include <fmt/format.h>

#include "scenarios/figures.hpp"
#include "scenarios/timing/flow_meter.hpp"
#include "scenarios/timing/joint_rate.hpp"
#include "scenarios/traffic/fan_in_channels.hpp"
#include "scenarios/traffic/record.hpp"
#include "scenarios/traffic/record_receiver.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {

namespace request_reply_detail {
namespace {

constexpr std::int64_t default_clients = 4;
constexpr std::int64_t default_requests = 100;
constexpr unsigned server_index = 0;

struct Call {
  std::uint32_t client = 0;  // from 0
  std::uint32_t padding = 0;
  std::uint64_t request = 0;  // of that client, from 0
  std::uint64_t value = 0;    // the argument, or the answer
};

std::uint64_t answer_of(std::uint64_t argument) { return 3 * argument + 1; }
std::uint64_t argument_of(std::uint32_t client, std::uint64_t request) {
  return (std::uint64_t{client} << 40U) + request;
}

std::int64_t clients_of(const RunSpec& spec) { return spec.option("clients"); }
std::uint64_t requests_of(const RunSpec& spec) {
  return static_cast<std::uint64_t>(spec.option("count"));
}

Layout layout(const RunSpec& spec, const BackendEntry* backend) {
  Layout result;
  const std::int64_t clients = clients_of(spec);
  if (clients < 1 || clients > max_processes) {
    result.unsupported_reason = fmt::format("needs clients between 1 and {}", max_processes);
    return result;
  }
  const std::vector<unsigned> all = assign_roles(result, "server", "client", clients);
  result.unsupported_reason = record_unsupported<Call>(spec);
  add_fan_in(result, *backend, spec, all, server_index);
  add_fan_out(result, spec, server_index, all);
  return result;
}

class Server {
 public:
  explicit Server(WorkerContext& context)
      : context_(context),
        clients_(static_cast<std::size_t>(clients_of(context.spec()))),
        fan_in_(context, clients_) {
    for (std::size_t i = 0; i < clients_; ++i) {
      writers_.emplace_back(context.spec(), 0, fan_in_.channels() + i);
    }
  }

  Status run() {
    for (;;) {
      const auto client = fan_in_.next();
      if (!client && client.error().code == Errc::closed) return close_all();
      if (!client) return tl::make_unexpected(client.error());
      if (fan_in_.record().client >= clients_) return not_intact(Finding::corrupted);
      if (const Status answered = answer(fan_in_.record()); !answered) return answered;
    }
  }

  void report() {
    WorkerReport& report = context_.report();
    fan_in_.settle(std::vector<std::uint64_t>(clients_, requests_of(context_.spec())));
    report.tallies["answered"] = static_cast<std::int64_t>(answered_);
    report.ok = true;
  }

 private:
  Status answer(Call call) {
    call.value = answer_of(call.value);
    if (call.request > 0 && context_.inject("mismatch")) --call.request;
    const std::size_t channel = fan_in_.channels() + call.client;
    context_.progress().enter(Operation::send, static_cast<std::uint32_t>(channel));
    const Status sent =
        context_.sender(channel).send(writers_[call.client].next(call), Deadline::never());
    context_.progress().count(++answered_);
    return sent;
  }
  Status close_all() {
    for (std::size_t i = 0; i < clients_; ++i) {
      const std::size_t channel = fan_in_.channels() + i;
      context_.progress().enter(Operation::close, static_cast<std::uint32_t>(channel));
      if (const Status closed = context_.sender(channel).close(Deadline::never()); !closed) {
        return closed;
      }
    }
    return {};
  }

  WorkerContext& context_;
  std::size_t clients_;
  RecordReceiver<Call> fan_in_;
  std::vector<RecordWriter<Call>> writers_;
  std::uint64_t answered_ = 0;
};

Status run_client(WorkerContext& context) {
  const RunSpec& spec = context.spec();
  const std::uint32_t me = context.index() - 1;
  const Route route = fan_in_route(context, 0, me);
  const std::size_t own = first_received(context);
  RecordWriter<Call> writer(spec, route.number, route.channel);
  RecordReader<Call> reader(context, 1, own);
  FlowMeter meter;
  std::int64_t mismatched = 0;
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  const std::uint64_t requests = requests_of(spec);
  const std::uint64_t begin = now_ns();
  for (std::uint64_t i = 0; i < requests; ++i) {
    const std::uint64_t start = now_ns();
    const Call call{me, 0, i, argument_of(me, i)};
    context.progress().enter(Operation::send, static_cast<std::uint32_t>(route.channel));
    const Status sent = context.sender(route.channel).send(writer.next(call), Deadline::never());
    if (!sent) return sent;
    context.progress().enter(Operation::receive, static_cast<std::uint32_t>(own));
    const Status got = reader.receive(context.receiver(own), Deadline::never());
    if (!got) return got;
    meter.arrived(start);
    const bool matches = reader.record.client == me && reader.record.request == i &&
                         reader.record.value == answer_of(call.value);
    mismatched += matches ? 0 : 1;
    context.progress().count(i + 1);
  }
  note_interval(context.report(), begin, now_ns());
  context.progress().enter(Operation::close, static_cast<std::uint32_t>(route.channel));
  if (const Status closed = context.sender(route.channel).close(Deadline::never()); !closed) {
    return closed;
  }
  context.progress().enter(Operation::receive, static_cast<std::uint32_t>(own));
  Status more = reader.receive(context.receiver(own), Deadline::never());
  while (more) more = reader.receive(context.receiver(own), Deadline::never());
  if (more.error().code != Errc::closed) return more;
  const std::uint64_t replies[] = {requests};
  reader.settle(replies);
  context.report().tallies["mismatched"] = mismatched;
  meter.report(context.report(), "request");
  context.report().ok = true;
  return {};
}

Status work(WorkerContext& context) {
  if (context.index() != server_index) return run_client(context);
  Server server(context);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  if (const Status done = server.run(); !done) return done;
  server.report();
  return {};
}

void reduce(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  std::int64_t mismatched = 0;
  for (const WorkerReport& report : reports) {
    const auto times = report.histograms.find("request");
    if (times != report.histograms.end()) trial.histograms["request"].merge(times->second);
    mismatched += count_of(report, "mismatched");
  }
  const std::int64_t answered = count_of(reports[server_index], "answered");
  trial.metrics.push_back(joint_rate(reports, answered, Unit::messages_per_second));
  trial.counts["answered"] = answered;
  trial.counts["messages_total"] = 2 * answered;
  gather(reports, trial);
  const std::int64_t expected = clients_of(spec) * static_cast<std::int64_t>(requests_of(spec));
  if (answered != expected) {
    reject(trial, fmt::format("{} requests were answered, not {}", answered, expected));
  }
  if (mismatched != 0) {
    reject(trial, fmt::format("{} replies were not those to their requests", mismatched));
  }
}

}  // namespace
}  // namespace request_reply_detail

ScenarioEntry request_reply_scenario() {
  using namespace request_reply_detail;
  ScenarioEntry entry;
  entry.name = "request_reply";
  entry.awaits_answers = true;
  entry.summary = "remote calls: clients ask one server, each reply matched to its request";
  entry.timed = false;
  entry.options = {
      count_option("clients", default_clients, "how many clients call", 1, max_processes),
      count_option("count", default_requests, "requests of each client")};
  entry.faults = {{"mismatch", "the server answers as if to the request before"}};
  entry.processes = "1 server, clients (4)";
  entry.invariants = {"every request is answered once, with its own answer",
                      "requests and replies arrive in order and intact"};
  entry.figures = {
      rate_figure(Unit::messages_per_second, "Calls of all clients in a second."),
      time_figure("request", "From a client's sending to its having the reply."),
      count_figure("answered", "Requests that were answered."),
  };
  entry.layout = layout;
  entry.work = work;
  entry.reduce = reduce;
  return entry;
}

}  // namespace ipcmark
