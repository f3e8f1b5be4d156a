#include "scenarios/timed/load_replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "backends/saturating.hpp"
#include "scenarios/timed/load_stamps.hpp"
#include "scenarios/timing/due_time.hpp"
#include "scenarios/timing/stop_condition.hpp"
#include "scenarios/traffic/channel_fit.hpp"
#include "scenarios/traffic/message_ends.hpp"
#include "scenarios/traffic/payload.hpp"
#include "scenarios/traffic/replay_file.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {

namespace load_replay_detail {
namespace {

// Why the file cannot be sent; empty: it can.
std::string wrong_replay(const ReplayFile& file, const RunSpec& spec) {
  const std::size_t min = stamps_bytes(spec);
  if (file.replay.smallest >= min) return {};
  return fmt::format("needs messages of at least {} bytes{}, line {} of '{}' has {}", min,
                     has_sealed_stamps(spec) ? " with --verify" : "", file.replay.smallest_line,
                     spec.replay_file, file.replay.smallest);
}

// A replay begins on all channels at once, when the last of so many processes should be awake.
std::uint64_t common_begin(WorkerContext& context) {
  constexpr std::uint64_t wake_up_ns = 200'000;  // of each process
  std::uint64_t begin = now_ns() + spin_before_ns + wake_up_ns * context.workers();
  std::uint64_t others = 0;
  if (!load_shared(context).begin_ns.compare_exchange_strong(others, begin)) begin = others;
  return begin;
}

}  // namespace
}  // namespace load_replay_detail

Layout replay_layout(const RunSpec& spec) {
  Layout result;
  const auto file = replay_of(spec);
  result.unsupported_reason = file ? load_replay_detail::wrong_replay(**file, spec) : file.error();
  if (!spec.burst.empty() || !spec.size_mix.empty()) {
    result.unsupported_reason = "needs neither burst nor size-mix: its file says both";
  }
  result.shared_bytes = sizeof(LoadShared);
  const std::size_t channels = file ? (*file)->replay.channels.size() : 1;
  for (unsigned i = 0; i < channels; ++i) {
    result.roles.insert(result.roles.end(), {"sender", "receiver"});
    result.channels.push_back({channel_of(spec), {2 * i}, {2 * i + 1}});
  }
  return result;
}

Status run_replay_sender(WorkerContext& context, const Replayed& replayed) {
  const RunSpec& spec = context.spec();
  const std::uint32_t channel = channel_index(context);
  Sender& sender = context.sender(channel);
  MessageBuffer buffer(spec.size);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  const std::uint64_t begin = load_replay_detail::common_begin(context);
  const std::uint64_t latest = saturating_sum(
      begin, saturating_sum(saturating_sum(spec.warmup_ns, spec.duration_ns), longest_overtime_ns));
  DueWait wait;
  const bool touch = spec.touch == Touch::full;
  const std::uint64_t seed = channel_seed(spec, channel);
  std::uint64_t sent = 0;
  for (std::uint64_t now = begin; sent < replayed.messages() && now < latest; ++sent) {
    context.progress().leave();
    const std::span<std::byte> message = buffer.span().first(replayed.size_of(sent));
    if (touch) touch_write(message, sent);
    stamp_message(message.subspan(stamps_bytes(spec)), {0, sent}, seed, spec.verify);
    const std::uint64_t due = replayed.due_ns(begin, sent);
    now = wait.until(due);
    write_stamps(message, {due | (replayed.is_measured(sent) ? measured_bit : 0), now}, spec, seed);
    context.progress().enter(Operation::send, channel);
    if (const Status done = sender.send(message, Deadline::never()); !done) return done;
    if (const Status done = sender.flush(Deadline::never()); !done) return done;
    context.progress().count(sent + 1);
  }
  wait.account(context.report().cost);
  load_shared(context).sent[channel].publish(sent);
  context.progress().enter(Operation::close, channel);
  if (const Status closed = sender.close(Deadline::never()); !closed) return closed;
  context.report().tallies["offered"] = static_cast<std::int64_t>(sent);
  context.report().tallies["gave_up"] = sent < replayed.messages() ? 1 : 0;
  context.report().tallies["begin_ns"] = static_cast<std::int64_t>(begin + spec.warmup_ns);
  context.report().ok = true;
  return {};
}

void reduce_replay(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  bool gave_up = false;
  std::int64_t last_ns = 0;
  std::int64_t shortest_ns = INT64_MAX;
  for (const WorkerReport& report : reports) {
    for (const char* name : {"offered", "messages", "messages_total", "negative_samples"}) {
      trial.counts[name] += count_of(report, name);
    }
    gave_up = gave_up || count_of(report, "gave_up") != 0;
    if (report.role != "receiver") continue;
    last_ns = std::max(last_ns, count_of(report, "last_ns"));
    if (count_of(report, "messages") > 0) {
      shortest_ns = std::min(shortest_ns, count_of(report, "shortest_ns"));
    }
    for (const auto& [name, histogram] : report.histograms) {
      trial.histograms[name].merge(histogram);
    }
  }
  const auto begin_ns = count_of(reports.front(), "begin_ns");
  const auto measured = static_cast<std::uint64_t>(trial.counts["messages"]);
  const double took_ns = std::max<double>(1, static_cast<double>(last_ns - begin_ns));
  const double planned_ns = static_cast<double>(spec.duration_ns + replay_grace_ns);
  const double share =
      planned_ns / std::max(planned_ns, took_ns - static_cast<double>(shortest_ns));
  const auto offered = static_cast<double>(spec.option("rate"));
  const double achieved = static_cast<double>(measured) * 1e9 / took_ns;
  trial.metrics = {{"offered_rate", offered, Unit::messages_per_second, measured},
                   {"achieved_rate", achieved, Unit::messages_per_second, measured},
                   {"achieved_share", share, Unit::ratio, measured}};
  gather(reports, trial);
  if (trial.state == State::failed) return trial.histograms.clear();
  if (trial.counts["messages_total"] != trial.counts["offered"]) {
    return reject(trial, fmt::format("{} of {} messages arrived", trial.counts["messages_total"],
                                     trial.counts["offered"]));
  }
  if (!gave_up && share >= saturated_below) return;
  trial.counts["saturated"] = 1;
  trial.reason =
      gave_up ? fmt::format("saturated: a sender was {} s late at the end",
                            longest_overtime_ns / 1'000'000'000U)
              : fmt::format("saturated: it took {:.2f} times as long as the file says", 1 / share);
  trial.reason += "; no latency is published for it";
  trial.histograms.clear();
}

}  // namespace ipcmark
