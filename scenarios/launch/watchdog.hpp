// Stage deadlines, and the diagnosis when nothing moves. Looks at the shared page only, until
// nothing has moved for a while: measured workers must not be disturbed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/launch/diagnosis.hpp"
#include "scenarios/launch/worker_group.hpp"

namespace ipcmark {

// How long run may take at most. With a known duration: that, the warm-up, every option in
// nanoseconds, and time to move what is in flight. A fixed count has no known duration: ten
// minutes, since no progress ends it much earlier.
std::uint64_t run_allowance_ns(const RunSpec& spec, const TrialLimits& limits);

class Watchdog {
 public:
  Watchdog(const RunSpec& spec, const Layout& layout, const TrialLimits& limits, StartPage& page,
           const Crew& crew);
  // Called after each wake-up of the coordinator; a verdict ends the trial.
  std::optional<TrialEnd> check();
  // What the worker was doing and had done, for texts: reads its line of the page.
  WorkerSample read_line(unsigned worker) const;
  // "receiver 1 in receive on channel 0 (pipe, empty) after 10 messages", from the same.
  std::string doing(unsigned worker) const;

 private:
  std::vector<WorkerSample> read_lines() const;
  std::vector<WorkerSample> sample() const;  // lines and /proc
  std::optional<TrialEnd> check_deadlines(std::uint64_t now,
                                          const std::vector<WorkerSample>& lines);
  std::optional<TrialEnd> check_progress(std::uint64_t now);
  std::optional<TrialEnd> check_long_stall(std::uint64_t now,
                                           const std::vector<WorkerSample>& workers) const;
  std::string everyone(const std::vector<WorkerSample>& workers) const;

  const Layout& layout_;
  const TrialLimits limits_;
  const std::uint64_t run_ns_;
  const std::string mechanism_;
  StartPage& page_;
  const Crew& crew_;
  std::uint64_t began_ns_;
  std::uint64_t drain_began_ns_ = 0;
  std::vector<WorkerSample> last_lines_;
  std::uint64_t last_change_ns_;
  std::uint64_t next_diagnosis_ns_;
  std::vector<WorkerSample> first_sample_;  // empty: none taken
  std::uint64_t first_sample_ns_ = 0;
};

// "81 204"
std::string grouped(std::uint64_t value);
// "5 s", "2.5 s", "200 ms"
std::string seconds_text(std::uint64_t ns);

}  // namespace ipcmark
