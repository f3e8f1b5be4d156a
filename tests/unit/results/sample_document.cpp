#include "tests/unit/results/sample_document.hpp"
#include "tests/unit/results/empty_document.hpp"

namespace ipcmark {
namespace {

constexpr unsigned trials = 6;

ProcessCost cost(const char* role, int cpu, std::uint64_t wall_ns, double busy,
                 std::uint64_t switches) {
  ProcessCost cost;
  cost.role = role;
  cost.pid = 4711 + cpu;
  cost.cpu = cpu;
  const auto used = static_cast<std::uint64_t>(busy * static_cast<double>(wall_ns));
  cost.user_ns = used / 4;
  cost.system_ns = used - used / 4;
  cost.voluntary_switches = switches;
  cost.involuntary_switches = 3;
  cost.minor_faults = 120;
  cost.peak_bytes = 4'194'304;
  cost.wall_ns = wall_ns;
  return cost;
}

// Trials differ by `spread` of their value from the first to the last, not in order.
double varied(double value, double spread, unsigned trial) {
  constexpr unsigned order[trials] = {2, 0, 5, 1, 4, 3};
  return value * (1 + spread * (order[trial] / 5.0 - 0.5));
}

Cell cell(const char* scenario, const char* backend, std::uint64_t size, Wait wait) {
  Cell made;
  made.spec.scenario = scenario;
  made.spec.backend = backend;
  made.spec.size = size;
  made.spec.wait = wait;
  made.spec.duration_ns = 200'000'000;
  made.spec.seed = 77;
  made.capabilities = {{"ordered", "yes"}, {"one_process", "no"}};
  return made;
}

Trial trial(unsigned round) {
  Trial made;
  made.round = round;
  made.position = 5 - round;
  made.canary = {150, 152, 1000, 1001, false, {0, 1}};
  return made;
}

Cell latency(const char* backend, Wait wait, double trip_ns, double spread, double busy) {
  Cell made = cell("latency", backend, 64, wait);
  for (unsigned t = 0; t < trials; ++t) {
    Trial& each = made.trials.emplace_back(trial(t));
    const auto trip = static_cast<std::uint64_t>(varied(trip_ns, spread, t));
    Histogram& trips = each.histograms["round_trip"];
    trips.record(trip, 1500);
    trips.record(trip + trip / 10, 400);
    trips.record(trip * 2, 99);
    trips.record(trip * 40, 1);
    each.metrics = {{"create_ns", varied(31'000, 0.1, t), Unit::nanoseconds, 1},
                    {"spawn_ns", varied(17e6, 0.1, t), Unit::nanoseconds, 1},
                    {"open_ns", varied(310'000, 0.1, t), Unit::nanoseconds, 1},
                    {"first_message_ns", varied(trip_ns * 4, 0.1, t), Unit::nanoseconds, 1}};
    each.counts = {{"messages", 2000}, {"messages_total", 4000}};
    const auto wall = trips.count() * trip;
    each.costs = {cost("initiator", 0, wall, busy, 2000), cost("echo", 1, wall, busy, 2000)};
    each.integrity.checked = 4000;
  }
  return made;
}

Cell throughput(const char* backend, std::uint64_t size, double rate, double spread) {
  Cell made = cell("throughput", backend, size, Wait::block);
  for (unsigned t = 0; t < trials; ++t) {
    Trial& each = made.trials.emplace_back(trial(t));
    const double varied_rate = varied(rate, spread, t);
    each.metrics = {
        {"rate", varied_rate, Unit::messages_per_second, 100'000},
        {"bytes_rate", varied_rate * static_cast<double>(size), Unit::bytes_per_second, 100'000}};
    each.counts = {{"messages", 100'000}, {"messages_total", 100'000}};
    each.costs = {cost("sender", 0, 200'000'000, 0.9, 500),
                  cost("receiver", 1, 200'000'000, 0.8, 700)};
  }
  return made;
}

Cell counter(const char* backend, const char* lock, std::int64_t final_count) {
  Cell made = cell("counter", backend, 64, Wait::block);
  made.spec.lock = lock;
  made.spec.options = {{"increments", 5}, {"processes", 3}};
  Trial& only = made.trials.emplace_back(trial(0));
  only.counts = {{"counter_expected", 15}, {"counter_final", final_count}};
  return made;
}

Cell large(const char* backend, std::uint64_t size) {
  Cell made = cell("large_payload", backend, size, Wait::block);
  made.spec.verify = Verify::full;
  Trial& only = made.trials.emplace_back(trial(0));
  only.counts = {{"bytes_received", static_cast<std::int64_t>(size)}};
  only.metrics = {{"transfer_ns", 1'250'000, Unit::nanoseconds, 1},
                  {"bytes_rate", 8e8, Unit::bytes_per_second, 1}};
  return made;
}

void add_timed(std::vector<Cell>& cells) {
  cells.push_back(latency("null", Wait::block, 90, 0.02, 0.5));
  cells.back().capabilities["one_process"] = "yes";
  cells.push_back(latency("pipe", Wait::block, 14'600, 0.06, 0.45));
  cells.push_back(latency("posix_mq", Wait::block, 15'000, 0.34, 0.45));
  cells.push_back(latency("shm_ring", Wait::block, 7'800, 0.05, 0.4));
  cells.push_back(latency("shm_ring", Wait::spin, 312, 0.04, 1.0));
  cells.push_back(latency("mmap_file", Wait::spin, 318, 0.05, 1.0));
  for (Trial& each : cells.back().trials) each.granted.file_system = "ext4";
  // Two of the pipe's trials fell into the machine's slow state, and one saw it change.
  std::vector<Trial>& pipe = cells[1].trials;
  pipe[1].canary = {548, 551, 1000, 1000, false, {0, 1}};
  pipe[2].canary = {540, 545, 1000, 1002, false, {0, 1}};
  pipe[4].canary = {151, 547, 1000, 1001, true, {0, 1}};
  // Not one of the POSIX queue's trials met the fast state.
  for (Trial& each : cells[2].trials) each.canary = {549, 552, 1000, 1001, false, {0, 1}};
  cells[3].trials[0].steady = false;
  cells.push_back(throughput("pipe", 64, 2.31e6, 0.08));
  cells.push_back(throughput("shm_ring", 64, 41.5e6, 0.03));
  cells.push_back(throughput("pipe", 65'536, 46'000, 0.05));
  for (Metric& metric : cells.back().trials[3].metrics) metric.value /= 2;  // far out
  cells.push_back(throughput("shm_ring", 65'536, 131'000, 0.05));
  Cell skipped = cell("throughput", "posix_mq", 65'536, Wait::block);
  for (unsigned t = 0; t < trials; ++t) {
    Trial& each = skipped.trials.emplace_back(trial(t));
    each.state = State::skipped;
    each.reason =
        "depth 64 exceeds fs.mqueue.msg_max (10); lower --depth or raise the limit, as root, by "
        "sysctl";
    each.canary = {};
  }
  cells.push_back(skipped);
}

}  // namespace

ResultDocument sample_document() {
  ResultDocument document = empty_document();
  document.run = {"a1b2c3",
                  "2026-01-02T03:04:05Z",
                  "2026-01-02T03:06:00Z",
                  "run --seed 77",
                  "0.1.0",
                  "quick",
                  77,
                  trials,
                  false,
                  false,
                  "",
                  {},
                  ""};
  document.environment.facts = {
      {"cpu", {{"model", "Example \"X\" CPU"}, {"online", "2"}, {"hypervisor", "yes (KVM)"}}},
      {"kernel", {{"release", "6.1.0"}, {"system", "Linux"}}},
      {"clock", {{"source", "tsc"}, {"cost_ns", "21.3"}}}};
  add_timed(document.cells);
  document.cells.push_back(counter("pipe", "", 15));
  document.cells.push_back(counter("shm_ring", "", 14));
  document.cells.back().trials[0].state = State::failed;
  document.cells.back().trials[0].reason = "the counter ended at 14, not 15";
  document.cells.push_back(counter("", "futex", 15));
  document.cells.push_back(counter("", "none", 12));
  document.cells.push_back(large("pipe", 1'000'000));
  document.cells.push_back(large("shm_ring", 1'000'000));
  document.cells.push_back(large("posix_mq", 1'000'000));
  document.cells.back().trials[0].granted.note = "fragments above 8192 B";
  document.cells.push_back(large("pipe", 64ULL << 20U));
  // It would be the fastest of all, had it not lost messages in most of its trials.
  Cell& lossy = document.cells.emplace_back(latency("boost_mq", Wait::block, 97, 0.02, 0.2));
  for (unsigned t = 1; t < trials; ++t) {
    lossy.trials[t] = trial(t);
    lossy.trials[t].state = State::failed;
    lossy.trials[t].reason = "3 messages were lost";
    lossy.trials[t].integrity.lost = 3;
  }
  return document;
}

void put_in_two_groups(Cell& cell) {
  cell.trials.resize(20);
  const Trial first = cell.trials.front();
  for (std::uint32_t i = 0; i < cell.trials.size(); ++i) {
    Trial& trial = cell.trials[i];
    trial = first;
    trial.round = i;
    if (i % 2 == 0) continue;
    for (Metric& metric : trial.metrics) metric.value *= 1.5;
    for (auto& [name, histogram] : trial.histograms) {
      Histogram longer;
      for (const auto& [index, count] : histogram.sparse()) {
        longer.record(Histogram::highest_of(index) * 3 / 2, count);
      }
      histogram = longer;
    }
  }
}

ResultDocument sample_in_two_groups() {
  ResultDocument document = sample_document();
  document.cells.erase(document.cells.begin() + 5);  // mmap_file is as fast by spin
  put_in_two_groups(document.cells[4]);
  put_in_two_groups(document.cells[6]);
  return document;
}

}  // namespace ipcmark
