#include "results/figures/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "results/figures/summary.hpp"
#include "results/model/cell_options.hpp"

namespace ipcmark {
namespace {

constexpr auto fields = std::to_array<Field>({
    {"round_trip", "ns", Better::lower,
     "From just before a message is written and sent until its reply is there and read: every "
     "trip, "
     "by the initiator's clock, one reading of it included. With verification from the sending to "
     "the arrival, since it lies between trips. One message at a time, so a service time; never "
     "halved."},
    {"round_trip_min", "ns", Better::lower,
     "The shortest trip of all trials; low and high are the range of the trials' shortest."},
    {"round_trip_max", "ns", Better::lower,
     "The longest trip of all trials; low and high are the range of the trials' longest."},
    {"batch_mean", "ns", Better::lower,
     "Mean round trip of a batch of trips timed together, so that the clock costs under 1 %. Of "
     "cells without verification that spin or have both ends in one process, with messages of at "
     "most 4 KiB. Only its median is published: it says nothing about single trips."},
    {"batch_mean_overall", "ns", Better::lower,
     "Mean round trip of all those batches together, whatever interrupted them included."},
    {"one_way_there", "ns", Better::lower,
     "From just before a message is sent to its arrival in the other process, by one clock."},
    {"one_way_there_min", "ns", Better::lower, "The shortest way there of all trials."},
    {"one_way_there_max", "ns", Better::lower, "The longest way there of all trials."},
    {"one_way_back", "ns", Better::lower, "The way back, likewise."},
    {"one_way_back_min", "ns", Better::lower, "The shortest way back of all trials."},
    {"one_way_back_max", "ns", Better::lower, "The longest way back of all trials."},
    {"one_way_closure", "ratio", Better::lower,
     "The medians of both ways together over that of the round trip; near 1 when the clock can be "
     "trusted."},
    {"delivery", "ns", Better::lower,
     "From just before a message is sent to its arrival at each receiver, waiting in the channel "
     "included."},
    {"hop", "ns", Better::lower, "From one stage's sending to the next one's receiving."},
    {"end_to_end", "ns", Better::lower, "From the first stage to the last."},
    {"fairness", "ratio", Better::higher,
     "Jain's index of what each sender had got through when the first was done: 1 is fair."},
    {"request", "ns", Better::lower, "From a client's request to its having the reply."},
    {"task", "ns", Better::lower, "From giving a task out to having its result."},
    {"wake_up", "ns", Better::lower,
     "From the event to the going on of each process that waited for it."},
    {"acquire", "ns", Better::lower, "From asking for a permit to having it."},
    {"award", "ns", Better::lower,
     "From a player's asking for the lock, or its request, until its points are on the board and "
     "it knows."},
    {"look", "ns", Better::lower,
     "From a monitor's asking for the lock, or its request, until it has the whole board."},
    {"staleness", "ns", Better::lower,
     "From the making of a value to its being shown; values replaced before that have none."},
    {"cpu_per_award", "ns", Better::lower,
     "CPU time, user and system, of every process of the trial over all awards."},
    {"notify", "ns", Better::lower, "From just before a signal to its waiter's going on."},
    {"take", "ns", Better::lower,
     "From a worker's asking for pages to visit to its having some, waiting for others included."},
    {"response", "ns", Better::lower,
     "Open loop: from when a message was due to its arrival, so that a stall is seen by every "
     "message it delays."},
    {"response_min", "ns", Better::lower, "The shortest response of all trials."},
    {"response_max", "ns", Better::lower, "The longest response of all trials."},
    {"service", "ns", Better::lower, "Open loop: from just before sending to the arrival."},
    {"service_min", "ns", Better::lower, "The shortest service time of all trials."},
    {"service_max", "ns", Better::lower, "The longest service time of all trials."},
    {"lag", "ns", Better::lower,
     "Open loop: from when a message was due to just before it was sent; the sender's lateness, "
     "waiting for a full channel included."},
    {"achieved_rate", "msg/s", Better::higher,
     "Open loop: messages over the time from the first one's due time to the last one's arrival."},
    {"achieved_share", "ratio", Better::higher,
     "Open loop: of the messages offered, how many had come when the last was due, those under way "
     "counted in. Below 0.99 the mechanism is saturated, and no times are published."},
    {"offered_rate", "msg/s", Better::higher, "Open loop: the rate that was asked for."},
    {"highest_rate_within_p99", "msg/s", Better::higher,
     "Open loop: the highest rate found whose 99th percentile of the response time stayed within "
     "the limit asked for (p99_limit_ns)."},
    {"rate", "msg/s", Better::higher,
     "Messages received in a second, by the receiver's clock, from its first reading after warm-up "
     "to its last."},
    {"bytes_rate", "B/s", Better::higher,
     "Payload bytes received in a second: of a stream, likewise; of a large payload, over "
     "transfer_ns."},
    {"transfer_ns", "ns", Better::lower,
     "A large payload, from when both ends are ready (the receiver comes late on purpose, and what "
     "the mechanism holds is sent by then) until the last of it is received and checked."},
    {"create_ns", "ns", Better::lower,
     "Creating the kernel objects of the trial: channels, locks and shared memory."},
    {"spawn_ns", "ns", Better::lower,
     "Starting the worker processes, until the last is up; not the mechanism's cost."},
    {"open_ns", "ns", Better::lower,
     "From handing the objects to the workers until all have opened their ends and stand at the "
     "first start line."},
    {"diagnosed_ns", "ns", Better::lower,
     "A deadlock: from the last thing that any worker was seen to do until it was found."},
    {"first_message_ns", "ns", Better::lower,
     "Cold: the first round trip, or, of a stream, from the start line to the first message "
     "received."},
    {"cpu_per_message", "ns", Better::lower,
     "CPU time, user and system, of every process of the trial over all messages sent, warm-up "
     "included in both; a round trip is two messages."},
    {"user_per_message", "ns", Better::lower, "The part of it spent outside the kernel."},
    {"system_per_message", "ns", Better::lower, "The part of it spent in the kernel."},
    {"switches_per_message", "count", Better::lower,
     "Context switches, voluntary and not, of every process of the trial over all messages, "
     "likewise."},
    {"cpus_busy", "count", Better::lower,
     "CPU time of every process of the trial over the time from the first one's start to the last "
     "one's end: 2 is two full CPUs."},
    {"peak_bytes", "B", Better::lower,
     "Peak resident memory of each process's whole life, summed; shared pages count in each."},
    {"user_ns", "ns", Better::lower, "CPU time outside the kernel, of all the trial's processes."},
    {"system_ns", "ns", Better::lower, "CPU time in the kernel, of all the trial's processes."},
    {"context_switches", "count", Better::lower,
     "Context switches, voluntary and not, of all the trial's processes."},
    {"page_faults", "count", Better::lower, "Page faults of every process of the trial."},
    {"checked", "count", Better::higher, "Messages that the checkers looked at."},
    {"lost", "count", Better::lower, "Of them, those that never came."},
    {"duplicated", "count", Better::lower, "Those that came again."},
    {"reordered", "count", Better::lower, "Those that came before an earlier one."},
    {"corrupted", "count", Better::lower, "Those whose checksum or pattern was wrong."},
    {"wrong_length", "count", Better::lower, "Those that were longer or shorter than sent."},
    {"core_to_core_before_ns", "ns", Better::lower,
     "The canary: two cache lines' round trip between two CPUs just before the trial."},
    {"core_to_core_after_ns", "ns", Better::lower, "The same just after it."},
    {"spin_before_ns", "ns", Better::lower, "The canary: a fixed spin on one CPU, before."},
    {"spin_after_ns", "ns", Better::lower, "The same after."},
});

constexpr std::array<Column, 20> columns{{
    {"run_id", "the run's id"},
    {"backend", "mechanism; empty for a cell over a lock alone"},
    {"scenario", "what was run"},
    {"size_bytes", "payload of one message"},
    {"senders", "sending processes"},
    {"receivers", "receiving processes; empty for a lock"},
    {"placement", "cross-cpu, same-cpu, unpinned, same-core or cross-socket"},
    {"wait", "block, spin or hybrid"},
    {"depth", "messages the channel was asked to hold; empty: the backend's own"},
    {"rate_offered", "messages offered in a second; empty: as fast as it goes"},
    {"trial", "round of the trial, from 0"},
    {"metric", "name of the figure; empty: the trial has none"},
    {"quantile", "of the trial's histogram; empty: not a quantile"},
    {"value", "in `unit`"},
    {"unit", "base unit"},
    {"n_samples", "measurements behind the value"},
    {"status", "state of the trial: passed, failed, skipped, timeout, deadlock, interrupted"},
    {"flags",
     "unsteady, canary-moved, other-state (of the machine, not the one the summary is from); "
     "separated by semicolons"},
    {"key", "the cell's key, for --only"},
    {"reason", "why the trial did not pass"},
}};

constexpr std::array<std::string_view, 3> gated{"round_trip", "rate", "cpu_per_message"};
constexpr std::array<double, 4> quantiles{{0.5, 0.9, 0.99, 0.999}};
constexpr unsigned trials_for_tails = 20;

}  // namespace

std::span<const Field> figure_fields() { return fields; }

const Field* figure_field(std::string_view name) {
  for (const Field& field : fields) {
    if (name == field.name) return &field;
  }
  return nullptr;
}

std::optional<double> minimum_effect(std::string_view name, double quantile) {
  if (std::find(gated.begin(), gated.end(), name) == gated.end()) return std::nullopt;
  if (quantile < 0 || quantile == 0.5) return 0.05;
  if (quantile == 0.99) return 0.10;
  return std::nullopt;
}

std::span<const Column> csv_columns() {
  static const std::vector<Column> all = [] {
    std::vector<Column> made(columns.begin(), columns.end());
    for (const CellOption& option : cell_options()) {
      if (has_own_column(option)) made.push_back({option.name, option.help});
    }
    made.push_back(
        {"options", "the scenario's own, with the values it ran with: count=100;senders=4"});
    return made;
  }();
  return all;
}

std::span<const double> published_quantiles(unsigned trials) {
  return std::span<const double>(quantiles).first(trials < trials_for_tails ? 2 : 4);
}

namespace {

constexpr std::array<std::string_view, 13> side_figures{
    {"user_per_message", "system_per_message", "create_ns", "spawn_ns", "open_ns",
     "batch_mean_overall", "first_message_ns", "bytes_rate", "cpus_busy", "switches_per_message",
     "page_faults", "peak_bytes", "context_switches"}};

bool tracked(const Figure& figure) {
  if (figure.needs != 0 || !std::isfinite(figure.median)) return false;
  if (figure.quantile >= 0) return true;
  const std::string_view name = figure.name;
  if (name.ends_with("_min") || name.ends_with("_max")) return false;
  return std::find(side_figures.begin(), side_figures.end(), name) == side_figures.end();
}

}  // namespace

std::vector<const Figure*> tracked_figures(const Summary& summary) {
  std::vector<const Figure*> chosen;
  for (const Figure& figure : summary.figures) {
    if (tracked(figure)) chosen.push_back(&figure);
  }
  return chosen;
}

std::string figure_name(const Figure& figure) {
  if (figure.quantile < 0 || figure.name == "batch_mean") return figure.name;
  const std::string percent = fmt::format("p{:.10g}", figure.quantile * 100);
  return figure.name == "round_trip" ? percent : figure.name + "_" + percent;
}

std::string header_of(const Figure& figure) {
  if (figure.name == "cpu_per_message") return "CPU/msg";
  if (figure.name == "switches_per_message") return "switches/msg";
  if (figure.name == "cpus_busy") return "CPUs busy";
  if (figure.name == "rate") return "messages";
  if (figure.name == "bytes_rate") return "bytes";
  if (figure.name == "batch_mean") return "batch mean";
  std::string text = figure_name(figure);
  std::replace(text.begin(), text.end(), '_', ' ');
  if (text.ends_with(" ns")) text.resize(text.size() - 3);
  return text;
}

std::string figure_label(const std::string& name, double quantile) {
  if (name == "cpu_per_message") return "CPU/msg";
  if (name == "switches_per_message") return "switches/msg";
  if (quantile < 0) return name;
  const std::string which = fmt::format("p{:g}", 100 * quantile);
  return name == "round_trip" ? which : name + " " + which;
}

}  // namespace ipcmark
