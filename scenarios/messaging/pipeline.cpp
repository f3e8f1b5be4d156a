// Pipeline: a restaurant. The first stage takes orders, those in the middle prepare them, the last
// serves; a sentinel ends each stage in turn. Each order passes every stage exactly once.
#include <fmt/format.h>

#include <array>

#include "scenarios/figures.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/timing/flow_meter.hpp"
#include "scenarios/timing/think_time.hpp"
#include "scenarios/traffic/channel_fit.hpp"
#include "scenarios/traffic/record.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {

namespace pipeline_detail {
namespace {

constexpr std::int64_t default_orders = 4;
constexpr std::int64_t default_stages = 3;
constexpr std::array<std::uint32_t, 4> tables{5, 3, 7, 5};  // of the orders, over and over

enum Status_of_order : std::uint32_t { taken = 0, ready = 1 };

struct Order {
  std::uint32_t table = 0;
  std::uint32_t status = taken;
  std::uint32_t prepared = 0;  // by how many stages
  std::uint32_t last = 0;      // 1: the sentinel
  std::uint64_t taken_ns = 0;
  std::uint64_t sent_ns = 0;  // by the stage before
};

std::uint64_t orders_of(const RunSpec& spec) {
  return static_cast<std::uint64_t>(spec.option("count"));
}
std::int64_t stages_of(const RunSpec& spec) { return spec.option("stages"); }

Layout layout(const RunSpec& spec, const BackendEntry*) {
  Layout result;
  const std::int64_t stages = stages_of(spec);
  const ChannelSpec channel = channel_of(spec);
  if (stages < 2 || stages > max_processes) {
    result.unsupported_reason = fmt::format("needs stages between 2 and {}", max_processes);
    return result;
  }
  result.unsupported_reason = record_unsupported<Order>(spec);
  for (unsigned i = 0; i < static_cast<unsigned>(stages); ++i) {
    result.roles.emplace_back(i == 0 ? "order taker" : i + 1 == stages ? "server" : "kitchen");
    if (i > 0) result.channels.push_back({channel, {i - 1}, {i}});
  }
  return result;
}

Status send(WorkerContext& context, RecordWriter<Order>& writer, Order order) {
  const std::size_t channel = context.index();
  order.sent_ns = now_ns();
  context.progress().enter(Operation::send, static_cast<std::uint32_t>(channel));
  const Status sent = context.sender(channel).send(writer.next(order), Deadline::never());
  context.progress().count(writer.made());
  return sent;
}

Status take_orders(WorkerContext& context) {
  RecordWriter<Order> writer(context.spec(), 0, context.index());
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  const std::uint64_t orders = orders_of(context.spec());
  const std::int64_t think_ns = think_time_of(context.spec());
  for (std::uint64_t i = 0; i < orders; ++i) {
    think(context, think_ns);
    Order order;
    order.table = tables[i % tables.size()];
    order.taken_ns = now_ns();
    if (const Status sent = send(context, writer, order); !sent) return sent;
  }
  Order sentinel;
  sentinel.last = 1;
  if (const Status sent = send(context, writer, sentinel); !sent) return sent;
  context.report().ok = true;
  return {};
}

// The stages that receive: those in the middle and the server.
class ReceivingStage {
 public:
  explicit ReceivingStage(WorkerContext& context)
      : context_(context), reader_(context, 1, context.index() - 1), in_(context.index() - 1) {}

  // The next order; false: the sentinel.
  Result<bool> next() {
    context_.progress().enter(Operation::receive, static_cast<std::uint32_t>(in_));
    const Status got = reader_.receive(context_.receiver(in_), Deadline::never());
    if (!got) return tl::make_unexpected(got.error());
    if (reader_.record.last != 0) return false;
    hops_.arrived(reader_.record.sent_ns);
    return true;
  }
  const Order& order() const { return reader_.record; }

  // After the sentinel: whatever still comes is one too many.
  Status finish() {
    Result<bool> more = next();
    for (; more; more = next()) ++after_;
    if (more.error().code != Errc::closed) return tl::make_unexpected(more.error());
    WorkerReport& report = context_.report();
    const std::uint64_t sent[] = {orders_of(context_.spec()) + 1};
    reader_.settle(sent);
    report.tallies["after_sentinel"] = after_;
    hops_.report(report, "hop");
    report.ok = true;
    return {};
  }

 private:
  WorkerContext& context_;
  RecordReader<Order> reader_;
  FlowMeter hops_;
  std::size_t in_;
  std::int64_t after_ = 0;
};

Status prepare_orders(WorkerContext& context) {
  ReceivingStage stage(context);
  RecordWriter<Order> writer(context.spec(), 0, context.index());
  const bool last_kitchen = context.index() + 2 == context.workers();
  const std::int64_t think_ns = think_time_of(context.spec());
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  for (;;) {
    const auto got = stage.next();
    if (!got) return tl::make_unexpected(got.error());
    if (*got) think(context, think_ns);
    Order order = stage.order();
    const bool chosen = *got && context.index() == 1 && writer.made() == 1;
    if (*got && !(chosen && context.inject("skip_stage"))) {
      ++order.prepared;
      if (last_kitchen) order.status = ready;
    }
    if (const Status sent = send(context, writer, order); !sent) return sent;
    if (!*got) return stage.finish();
  }
}

Status serve_orders(WorkerContext& context) {
  ReceivingStage stage(context);
  FlowMeter whole_way;
  const std::uint32_t kitchens = context.workers() - 2;
  std::int64_t wrong = 0;
  std::uint64_t served = 0;
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  for (;; ++served) {
    const auto got = stage.next();
    if (!got) return tl::make_unexpected(got.error());
    if (!*got) break;
    const Order& order = stage.order();
    const bool as_ordered = order.table == tables[served % tables.size()] &&
                            order.prepared == kitchens && (order.status == ready || kitchens == 0);
    wrong += as_ordered ? 0 : 1;
    whole_way.arrived(order.taken_ns);
    context.progress().count(served + 1);
  }
  if (const Status finished = stage.finish(); !finished) return finished;
  Histogram hops = std::move(context.report().histograms["hop"]);
  context.report().metrics.clear();  // the rate is of what was served, once
  whole_way.report(context.report(), "end_to_end");
  context.report().histograms["hop"] = std::move(hops);
  context.report().tallies["orders_served"] = static_cast<std::int64_t>(served);
  context.report().tallies["orders_wrong"] = wrong;
  return {};
}

Status work(WorkerContext& context) {
  if (context.index() == 0) return take_orders(context);
  return context.index() + 1 == context.workers() ? serve_orders(context) : prepare_orders(context);
}

std::string contradiction(const RunSpec& spec, const Trial& trial) {
  return wrong_count(trial, "orders_served", static_cast<std::int64_t>(orders_of(spec)));
}

void reduce(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  const WorkerReport& server = reports.back();
  trial.metrics.insert(trial.metrics.end(), server.metrics.begin(), server.metrics.end());
  trial.histograms["end_to_end"] = server.histograms.at("end_to_end");
  std::int64_t after = 0;
  for (const WorkerReport& report : reports) {
    const auto hops = report.histograms.find("hop");
    if (hops != report.histograms.end()) trial.histograms["hop"].merge(hops->second);
    after += count_of(report, "after_sentinel");
  }
  const auto expected = static_cast<std::int64_t>(orders_of(spec));
  const std::int64_t served = count_of(server, "orders_served");
  trial.counts["orders_served"] = served;
  trial.counts["messages_total"] = expected * (stages_of(spec) - 1);
  gather(reports, trial);
  if (served != expected) {
    reject(trial, fmt::format("{} orders were served, not {}", served, expected));
  }
  if (const auto wrong = count_of(server, "orders_wrong"); wrong != 0) {
    reject(trial,
           fmt::format("{} orders did not pass every stage once, or came to another table", wrong));
  }
  if (after != 0) reject(trial, fmt::format("{} orders came after the sentinel", after));
}

}  // namespace
}  // namespace pipeline_detail

ScenarioEntry pipeline_scenario() {
  using namespace pipeline_detail;
  ScenarioEntry entry;
  entry.name = "pipeline";
  entry.summary = "orders pass a row of stages, each once; a sentinel ends them in turn";
  entry.timed = false;
  entry.options = {
      count_option("stages", default_stages, "processes in the row", 2, max_processes),
      count_option("count", default_orders, "orders, before the sentinel"),
      time_option("think_time_ns", 0, "pause of each stage but the last on each order")};
  entry.faults = {{"skip_stage", "the first kitchen passes one order on as it came"}};
  entry.processes = "an order taker, a kitchen for each stage between (1), a server";
  entry.invariants = {
      "each order passes every stage exactly once, in order, and is ready at the end",
      "orders go to their tables (5, 3, 7, 5, and again from there)",
      "the sentinel reaches the last stage, and nothing comes after it"};
  entry.figures = {
      rate_figure(Unit::messages_per_second, "Orders served in a second."),
      time_figure("hop", "From one stage's sending to the next one's receiving, of all hops."),
      time_figure("end_to_end", "From taking an order to having it at the server."),
      count_figure("orders_served", "Orders that reached the server."),
  };
  entry.layout = layout;
  entry.work = work;
  entry.reduce = reduce;
  entry.contradiction = contradiction;
  return entry;
}

}  // namespace ipcmark
