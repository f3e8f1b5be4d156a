// Follows a runner from its start to its end, or to the verdict that ends it.
#pragma once

#include <optional>

#include "scenarios/foreign/process_tree.hpp"
#include "scenarios/foreign/runner_process.hpp"
#include "scenarios/launch/diagnosis.hpp"
#include "scenarios/launch/launch.hpp"
#include "scenarios/launch/pause.hpp"

namespace ipcmark {

struct WatchRules {
  std::uint64_t trial_ns = 0;        // at most so long
  std::uint64_t no_progress_ns = 0;  // then it is looked at twice
  bool waits_outside = false;        // see RunnerMechanism
};

class RunnerWatch {
 public:
  // Borrows all but the rules.
  RunnerWatch(RunnerProcess& runner, const TrialSetting& setting, const WatchRules& rules,
              WatchedTime& time);
  // Until it has ended by itself; or why it is to be killed.
  std::optional<TrialEnd> run();

  // One of its processes was stopped for a while, or all of them and ipcmark were.
  bool paused() const { return paused_ || pause_.seen(); }
  // What each process has used between the two marks; empty: it has not set both.
  std::vector<ProcessCost> costs() const { return costs_; }
  std::uint64_t started_ns() const { return started_ns_; }  // when the first mark came; 0: never

 private:
  void take_marks();
  void call_hook();
  bool has_moved();
  std::optional<TrialEnd> look();
  std::vector<ProcessSample> sample() const;

  RunnerProcess& runner_;
  const TrialSetting& setting_;
  const WatchRules rules_;
  WatchedTime& time_;
  const std::uint64_t began_ns_;
  std::uint64_t last_move_ns_;
  std::uint64_t next_look_ns_;
  std::uint64_t cpu_ns_ = 0;
  std::uint64_t missed_ns_;
  std::vector<pid_t> known_;
  std::vector<ProcessSample> first_sample_;
  std::uint64_t first_sample_ns_ = 0;
  TreeUse at_start_;
  std::uint64_t started_ns_ = 0;
  std::vector<ProcessCost> costs_;
  bool paused_ = false;
  PauseWatch pause_;  // by the CPU time that they take
};

}  // namespace ipcmark
