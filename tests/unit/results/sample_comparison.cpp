#include "tests/unit/results/sample_comparison.hpp"
#include "tests/unit/results/empty_document.hpp"

namespace ipcmark {
namespace {

// Spread evenly over value * (1 ± spread / 2), not in order.
double varied(double value, double spread, unsigned trial, unsigned turn, unsigned trials) {
  const unsigned place = (trial * 7 + turn) % trials;
  return value * (1 + spread * (static_cast<double>(place) / (trials - 1) - 0.5));
}

ProcessCost cost(std::uint64_t cpu_ns) {
  ProcessCost cost;
  cost.system_ns = cpu_ns;
  cost.wall_ns = 2 * cpu_ns;
  return cost;
}

Cell cell(const char* scenario, const char* backend) {
  Cell made;
  made.spec.scenario = scenario;
  made.spec.backend = backend;
  made.spec.duration_ns = 300'000'000;
  return made;
}

Trial trial(unsigned round) {
  Trial made;
  made.round = round;
  made.canary = {150, 152, 1000, 1001, false};
  return made;
}

Cell counter(const char* backend, State state, const char* reason) {
  Cell made = cell("counter", backend);
  Trial& only = made.trials.emplace_back(trial(0));
  only.state = state;
  only.reason = reason;
  only.counts = {{"counter_final", 15}};
  return made;
}

Cell skipped(const char* backend) {
  Cell made = cell("throughput", backend);
  made.trials.emplace_back(trial(0)).state = State::skipped;
  made.trials.back().reason = "depth 64 exceeds fs.mqueue.msg_max (10); lower --depth";
  return made;
}

ResultDocument document(const char* id, const char* revision) {
  ResultDocument made = empty_document();
  made.run.id = id;
  made.run.started = "2026-01-02T03:04:05Z";
  made.run.version = "0.1.0";
  made.environment.facts = {{"cpu", {{"model", "Example CPU"}, {"allowed", "0,1"}}},
                            {"kernel", {{"release", "6.1.0"}}},
                            {"build", {{"revision", revision}, {"type", "Release"}}}};
  return made;
}

// As read from a file: one that was recorded into takes half a megabyte.
Histogram compact(const Histogram& recorded) {
  Histogram made;
  made.load(recorded.sparse(), recorded.min(), recorded.max(), recorded.sum());
  return made;
}

}  // namespace

Cell sample_latency(const char* backend, double value, double spread, unsigned turn,
                    unsigned trials) {
  Cell made = cell("latency", backend);
  Histogram trips;
  for (unsigned t = 0; t < trials; ++t) {
    Trial& each = made.trials.emplace_back(trial(t));
    const auto trip = static_cast<std::uint64_t>(varied(value, spread, t, turn, trials));
    trips.clear();
    trips.record(trip, 9'000);
    trips.record(trip * 3 / 2, 1'000);
    each.histograms["round_trip"] = compact(trips);
    each.counts["messages_total"] = 20'000;
    each.costs = {cost(trip * 5'000), cost(trip * 5'000)};
  }
  return made;
}

Cell sample_throughput(const char* backend, double value, double spread, unsigned turn,
                       unsigned trials) {
  Cell made = cell("throughput", backend);
  for (unsigned t = 0; t < trials; ++t) {
    Trial& each = made.trials.emplace_back(trial(t));
    each.metrics = {
        {"rate", varied(value, spread, t, turn, trials), Unit::messages_per_second, 100'000}};
  }
  return made;
}

ResultDocument sample_base() {
  ResultDocument made = document("aaaa", "1a2b3c4d5e6f");
  made.cells = {sample_latency("pipe", 14'600, 0.03, 0),
                sample_latency("fifo", 14'900, 0.02, 1),
                sample_latency("unix_stream", 20'600, 0.03, 2),
                sample_latency("tcp", 18'700, 0.30, 3),
                sample_latency("shm_ring", 170, 0.03, 4),
                sample_latency("null", 90, 0.02, 5),
                sample_latency("sysv_mq", 15'000, 0.02, 6),
                sample_throughput("pipe", 772'000, 0.04, 7),
                sample_throughput("posix_mq", 620'000, 0.04, 8),
                skipped("boost_mq"),
                counter("pipe", State::passed, ""),
                counter("fifo", State::failed, "the counter ended at 13, not 15")};
  made.cells[5].capabilities["one_process"] = "yes";
  return made;
}

ResultDocument sample_candidate() {
  ResultDocument made = document("bbbb", "6f5e4d3c2b1a");
  made.run.shared_machine = true;
  made.cells = {sample_latency("pipe", 17'500, 0.03, 10),
                sample_latency("fifo", 15'000, 0.02, 11),
                sample_latency("unix_stream", 16'400, 0.03, 12),
                sample_latency("tcp", 18'900, 0.30, 13),
                sample_latency("shm_ring", 600, 0.03, 14),
                sample_latency("null", 90, 0.02, 15),
                sample_latency("zeromq", 84'000, 0.02, 16),
                sample_throughput("pipe", 640'000, 0.04, 17),
                skipped("posix_mq"),
                skipped("boost_mq"),
                counter("pipe", State::failed, "the counter ended at 14, not 15"),
                counter("fifo", State::passed, "")};
  for (Trial& trial : made.cells[4].trials) trial.canary = {548, 551, 1000, 1000, false};
  made.cells[5].capabilities["one_process"] = "yes";
  made.cells[1].trials[3].steady = false;
  return made;
}

}  // namespace ipcmark
