#include "tests/unit/results/sample_fleet.hpp"

#include <fmt/format.h>

#include <array>

#include "results/model/cell_key.hpp"
#include "results/splitmix.hpp"

namespace ipcmark {

double RandomNumbers::next() {
  return static_cast<double>(next_random(state_) >> 11U) / 9007199254740992.0;
}

double RandomNumbers::bell() {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += next();
  return sum;
}

std::string made_time(unsigned day) {
  static constexpr std::array<unsigned, 12> days{{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}};
  unsigned year = 2026;
  unsigned month = 0;
  while (day >= days[month]) {
    day -= days[month];
    month = (month + 1) % 12;
    if (month == 0) ++year;
  }
  return fmt::format("{}-{:02}-{:02}T03:00:00Z", year, month + 1, day + 1);
}

FleetRun made_run(unsigned day, const std::string& host, const std::vector<MadeCell>& cells) {
  FleetRun run;
  run.file = fmt::format("fleet/{}/{:04}.json", host, day);
  run.run.id = fmt::format("{}-{}", host, day);
  run.run.finished = made_time(day);
  run.run.suite = "quick";
  run.run.version = "1.0";
  run.run.labels = {{"commit", fmt::format("c{:03}", day)}};
  run.host_class = "0123456789ab";
  run.host = host;
  run.machine = "Made CPU, Linux 6.1, ipcmark 1.0";
  for (const MadeCell& made : cells) {
    FleetCell cell;
    cell.key = made.key;
    cell.scenario = split_at(made.key, '/').front();
    cell.machine_state_ns = made.state_ns;
    FleetFigure figure;
    figure.name = made.rate ? "rate" : "p50";
    figure.unit = made.rate ? Unit::messages_per_second : Unit::nanoseconds;
    figure.better = made.rate ? Better::higher : Better::lower;
    figure.median = made.value;
    figure.low = made.value * 0.99;
    figure.high = made.value * 1.01;
    figure.trials = 6;
    figure.headline = true;
    FleetFigure other = figure;
    other.name = "p90";
    other.median = made.value * 2;
    other.headline = false;
    cell.figures = {figure, other};
    run.cells.push_back(cell);
  }
  return run;
}

FleetPoints points_of(const std::vector<FleetRun>& runs, const FleetChoice& choice) {
  FleetGatherer gatherer(choice);
  for (const FleetRun& run : runs) gatherer.add(run);
  return gatherer.gathered();
}

std::vector<FleetRun> sample_fleet() {
  RandomNumbers random(7);
  std::vector<FleetRun> runs;
  for (unsigned day = 0; day < 40; ++day) {
    const bool second = day % 3 == 1;  // a host that is half as slow again
    const double speed = second ? 1.5 : 1;
    const auto noisy = [&random, speed](double value) {
      return value * speed * (1 + 0.01 * random.bell());
    };
    runs.push_back(made_run(
        day, second ? "db2" : "db1",
        {{"latency/pipe/64B/block/cross-cpu", noisy(day < 25 ? 14600 : 16352)},
         {"latency/shm_ring/64B/spin/cross-cpu", noisy(310)},
         // From another state of the machine every fourth day.
         {"latency/shm_ring/64B/block/cross-cpu", noisy(day % 4 == 3 ? 24000 : 9000),
          day % 4 == 3 ? 510.0 : 150.0},
         {"throughput/pipe/64B/block/cross-cpu", noisy(770000) / (speed * speed), 150, true}}));
  }
  for (unsigned day = 30; day < 33; ++day) {
    FleetRun run = made_run(day, "arm1", {{"latency/pipe/64B/block/cross-cpu", 9000.0 + day, 80}});
    run.host_class = "cdef01234567";
    run.machine = "Other CPU, Linux 6.1, ipcmark 1.0";
    runs.push_back(run);
  }
  return runs;
}

}  // namespace ipcmark
