// Ends what hangs: the limits of stages, the diagnosis when nothing moves, and the trial's timeout.
// Looks at the shared page only, until nothing has moved for a while: measured workers must not be
// disturbed.
//
// All limits but the trial's timeout end what does not move: they begin anew with every change, and
// with every time in which the coordinator did not run. They grow with the number of workers, and
// with how many tasks want each CPU.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/launch/diagnosis.hpp"
#include "scenarios/launch/launch.hpp"
#include "scenarios/launch/watched_time.hpp"

namespace ipcmark {

// What the watchdog sees of the workers.
class WatchedGroup {
 public:
  virtual ~WatchedGroup() = default;
  virtual unsigned size() const = 0;
  // From the shared page and what has been received: disturbs nobody, leaves `process` empty.
  virtual WorkerSample line(unsigned worker) const = 0;
  virtual ProcessState process(unsigned worker) const = 0;
  // Whether any worker's TCP connection waits for an answer to bytes it has sent.
  virtual bool retransmits() const = 0;
  virtual std::uint32_t released() const = 0;  // barriers
};

class Watchdog {
 public:
  // Borrows all but the limits.
  Watchdog(const RunSpec& spec, const Layout& layout, const TrialLimits& limits,
           const WatchedGroup& group, WatchedTime& time);
  // Called after each wake-up of the coordinator; a verdict ends the trial.
  std::optional<TrialEnd> check();
  // "receiver 1 in receive on channel 0 (pipe, empty) after 10 messages", from the shared page.
  std::string doing(unsigned worker) const;
  // A limit as long as so many workers, and so many tasks that want each CPU, make it.
  std::uint64_t grown(std::uint64_t limit_ns) const;

 private:
  std::vector<WorkerSample> read_lines() const;
  std::vector<WorkerSample> sample() const;  // lines and /proc
  std::optional<TrialEnd> check_open(std::uint64_t now, const std::vector<WorkerSample>& lines);
  std::optional<TrialEnd> check_drain(std::uint64_t now, const std::vector<WorkerSample>& lines);
  std::optional<TrialEnd> check_progress(std::uint64_t now);
  std::optional<TrialEnd> check_long_stall(std::uint64_t now,
                                           const std::vector<WorkerSample>& workers) const;
  std::string everyone(const std::vector<WorkerSample>& workers) const;

  const Layout& layout_;
  const TrialLimits limits_;
  const std::uint64_t trial_ns_;
  const std::string mechanism_;
  const WatchedGroup& group_;
  WatchedTime& time_;
  const std::uint64_t began_ns_;
  std::uint64_t missed_ns_;
  std::vector<WorkerSample> last_lines_;
  std::uint64_t last_change_ns_;
  std::uint64_t next_diagnosis_ns_;
  std::vector<WorkerSample> first_sample_;  // empty: none taken
  std::uint64_t first_sample_ns_ = 0;
  std::vector<WorkerSample> standing_;  // the first sample since anything moved
};

// "81 204"
std::string grouped(std::uint64_t value);
// "5 s", "2.5 s", "200 ms"
std::string seconds_text(std::uint64_t ns);

}  // namespace ipcmark
