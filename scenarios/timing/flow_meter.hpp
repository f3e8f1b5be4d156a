// What a receiver of stamped records measures while a scenario runs: how long each was under way,
// and how many came in a second.
#pragma once

#include <cstdint>
#include <utility>

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
      report.metrics.push_back({"rate", static_cast<double>(count_ - 1) / seconds,
                                Unit::messages_per_second, count_ - 1});
    }
    report.histograms[name] = std::move(times_);
    report.tallies["received"] = static_cast<std::int64_t>(count_);
  }

 private:
  Histogram times_;
  std::uint64_t count_ = 0, first_ns_ = 0, last_ns_ = 0;
};

}  // namespace ipcmark
