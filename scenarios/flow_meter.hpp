// What a receiver of stamped records measures while a scenario runs: how long each was under way,
// and how many came in a second.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "backends/deadline.hpp"
#include "scenarios/scenario.hpp"

namespace ipcmark {

class FlowMeter {
 public:
  // One message, sent at `sent_ns` (CLOCK_MONOTONIC, one clock on one machine), has arrived.
  void arrived(std::uint64_t sent_ns) {
    const std::uint64_t now = now_ns();
    if (count_++ == 0) first_ns_ = now;
    last_ns_ = now;
    if (now >= sent_ns) times_.record(now - sent_ns);
  }
  std::uint64_t count() const { return count_; }

  // The histogram `name`, and the metric `rate` where there is more than one message to make one.
  void report(WorkerReport& report, const char* name) {
    if (count_ > 1 && last_ns_ > first_ns_) {
      const double seconds = static_cast<double>(last_ns_ - first_ns_) / 1e9;
      report.metrics.push_back(
          {"rate", static_cast<double>(count_ - 1) / seconds, "msg/s", count_ - 1});
    }
    report.histograms[name] = std::move(times_);
    report.counts["received"] = static_cast<std::int64_t>(count_);
  }

 private:
  Histogram times_;
  std::uint64_t count_ = 0, first_ns_ = 0, last_ns_ = 0;
};

// The time a worker was at work, for joint_rate().
inline void note_span(WorkerReport& report, std::uint64_t begin_ns, std::uint64_t end_ns) {
  report.counts["begin_ns"] = static_cast<std::int64_t>(begin_ns);
  report.counts["end_ns"] = static_cast<std::int64_t>(end_ns);
}

// `amount` over the time from when the first of those that noted a span began until the last one
// ended; 0 where nobody did. The sum of the workers' own rates would be too high wherever they do
// not all work at the same time.
inline double joint_rate(const std::vector<WorkerReport>& reports, std::uint64_t amount) {
  std::int64_t first = 0;
  std::int64_t last = 0;
  for (const WorkerReport& report : reports) {
    const auto begin = report.counts.find("begin_ns");
    const auto end = report.counts.find("end_ns");
    if (begin == report.counts.end() || end == report.counts.end()) continue;
    first = first == 0 ? begin->second : std::min(first, begin->second);
    last = std::max(last, end->second);
  }
  return last > first ? static_cast<double>(amount) * 1e9 / static_cast<double>(last - first) : 0;
}

}  // namespace ipcmark
