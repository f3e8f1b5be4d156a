// The rate of what several workers do together: all of it, over the time from the first one's
// beginning to the last one's end. The sum of the workers' own rates would be too high wherever
// they do not all work at the same time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "scenarios/traffic/reports.hpp"

namespace ipcmark {

// When this worker's part began and ended (CLOCK_MONOTONIC, one clock on one machine).
inline void note_interval(WorkerReport& report, std::uint64_t begin_ns, std::uint64_t end_ns) {
  report.tallies["begin_ns"] = static_cast<std::int64_t>(begin_ns);
  report.tallies["end_ns"] = static_cast<std::int64_t>(end_ns);
}

// From the first one's beginning to the last one's end, of the reports that note an interval.
inline std::uint64_t joint_ns(const std::vector<WorkerReport>& reports) {
  std::int64_t begin = std::numeric_limits<std::int64_t>::max();
  std::int64_t end = 0;
  for (const WorkerReport& report : reports) {
    if (count_of(report, "end_ns") == 0) continue;
    begin = std::min(begin, count_of(report, "begin_ns"));
    end = std::max(end, count_of(report, "end_ns"));
  }
  return end > begin ? static_cast<std::uint64_t>(end - begin) : 0;
}

// `rate` over that time.
inline Metric joint_rate(const std::vector<WorkerReport>& reports, std::int64_t amount, Unit unit) {
  const double seconds = static_cast<double>(joint_ns(reports)) / 1e9;
  return {"rate", seconds > 0 ? static_cast<double>(amount) / seconds : 0, unit,
          static_cast<std::uint64_t>(amount)};
}

}  // namespace ipcmark
