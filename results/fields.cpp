#include "results/fields.hpp"

#include <array>

namespace ipcmark {
namespace {

constexpr std::array<Field, 17> fields{{
    {"round_trip", "ns", Better::lower,
     "From just before a message is sent until its reply is there: every trip, by the initiator's "
     "clock. One message at a time, so a service time; never halved."},
    {"round_trip_min", "ns", Better::lower,
     "The shortest trip of all trials; low and high are the range of the trials' shortest."},
    {"round_trip_max", "ns", Better::lower,
     "The longest trip of all trials; low and high are the range of the trials' longest."},
    {"batch_mean", "ns", Better::lower,
     "Mean round trip of a batch of trips timed together, where reading the clock would cost more "
     "than 5 % of a trip. Only its median is published: it says nothing about single trips."},
    {"rate", "msg/s", Better::higher,
     "Messages received in a second, by the receiver's clock, from its first after warm-up to its "
     "last."},
    {"bytes_rate", "B/s", Better::higher, "Payload bytes received in a second, likewise."},
    {"transfer_ns", "ns", Better::lower,
     "From the start of sending a large payload until its receiver has all of it."},
    {"setup_ns", "ns", Better::lower, "Creating the kernel objects and opening both ends."},
    {"first_message_ns", "ns", Better::lower, "The first message or trip after opening, cold."},
    {"cpu_per_message", "ns", Better::lower,
     "CPU time, user and system, of every process of the trial over all messages sent."},
    {"switches_per_message", "count", Better::lower,
     "Context switches, voluntary and not, of every process of the trial over all messages sent."},
    {"cpus_busy", "count", Better::lower,
     "CPU time of every process of the trial over the time it took: 2 is two full CPUs."},
    {"peak_bytes", "B", Better::lower, "Peak resident memory, summed over the trial's processes."},
    {"user_ns", "ns", Better::lower, "CPU time outside the kernel, of all the trial's processes."},
    {"system_ns", "ns", Better::lower, "CPU time in the kernel, of all the trial's processes."},
    {"context_switches", "count", Better::lower,
     "Context switches, voluntary and not, of all the trial's processes."},
    {"page_faults", "count", Better::lower, "Page faults of every process of the trial."},
}};

constexpr std::array<Column, 20> columns{{
    {"run_id", "the run's id"},
    {"backend", "mechanism; empty for a cell over a lock alone"},
    {"scenario", "what was run"},
    {"size_bytes", "payload of one message"},
    {"senders", "sending processes"},
    {"receivers", "receiving processes; empty for a lock"},
    {"placement", "cross-cpu, same-cpu or unpinned"},
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

std::span<const Column> csv_columns() { return columns; }

std::span<const double> published_quantiles(unsigned trials) {
  return std::span<const double>(quantiles).first(trials < trials_for_tails ? 2 : 4);
}

}  // namespace ipcmark
