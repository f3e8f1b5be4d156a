// Every scenario over every backend, verified, while workers are killed and stopped at random.
//
// A third of the trials run undisturbed and must pass. In a third one worker is killed (SIGKILL) at
// a random moment: the trial must end and leave nothing behind, and what had reached the survivors
// must be intact, in order and there once; that messages are missing, and what the trial then says
// (failed, timeout), is an expected finding. In a third one worker is stopped and continued: the
// trial must pass, slow is not dead. A trial is failed for not moving, never for being slow.
// Everything follows from the seed but the moments, which are in milliseconds of a running machine.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "results/model/trial.hpp"
#include "scenarios/cleanup/manifest.hpp"
#include "scenarios/launch/launch.hpp"
#include "scenarios/plan/request.hpp"
#include "scenarios/scenario.hpp"

namespace ipcmark {

enum class Disturbance : std::uint8_t { none, kill, stop };
const char* to_string(Disturbance value);

struct StressOptions {
  std::uint64_t for_ns = 60'000'000'000;
  std::uint64_t seed = 1;
  std::vector<std::string> backends, scenarios, locks;  // empty: all
  // Options of cells and scenarios: what is named is not varied, but drawn from the values named.
  NamedOptions named;
  std::vector<std::string> exclude;  // cells left out: patterns of keys, before they are varied
  const std::atomic<int>* stop_signal = nullptr;
};

// One trial and what was done to it.
struct StressTrial {
  RunSpec spec;
  Disturbance disturbance = Disturbance::none;
  bool delivered = false;  // the signal reached a worker before the trial's end
  std::string victim;      // "worker 1 killed after 12 ms", empty when not delivered
  Trial trial;
  std::uint64_t took_ns = 0;
  std::uint64_t limit_ns = 0;          // beyond it the trial counts as hung
  std::vector<std::string> leftovers;  // objects and processes there after it and not before
};

struct StressVerdict {
  std::string backend;  // or "lock <name>"
  unsigned trials = 0, skipped = 0;
  unsigned passed = 0, failed = 0;  // undisturbed, or the signal came too late
  unsigned killed = 0;              // ended after a kill, the survivors' data whole: expected
  unsigned killed_by_watchdog = 0;  // of these: the survivors did not notice by themselves
  unsigned damaged = 0;             // a survivor of a kill was given what was never sent so
  unsigned stopped = 0;             // passed after stop and continue
  unsigned stopped_failed = 0;
  unsigned hung = 0;  // did not end within its limits
  unsigned leftovers = 0;
  std::map<std::string, unsigned> reasons;  // of failures that count, with how often
  bool good() const { return failed + damaged + stopped_failed + hung + leftovers == 0; }
};

struct StressReport {
  std::vector<StressVerdict> verdicts;  // by backend, in the order of the table
  unsigned rounds = 0;                  // how often every cell was run (the last may be partial)
  bool interrupted = false;
  bool good() const;
};

class StressObserver {
 public:
  virtual ~StressObserver() = default;
  virtual void trial_ended(const StressTrial&, std::uint64_t /*elapsed_ns*/) {}
};

// Blocking, on the caller's thread. The error is one sentence (unknown name, nothing to run).
tl::expected<StressReport, std::string> run_stress(const Program& program,
                                                   const StressOptions& options, Manifest& manifest,
                                                   StressObserver& observer);

// Where a trial must end though it moves: a bound for the whole run's sake, far above any machine.
// What does not move any more is found long before, by the watchdog.
TrialLimits stress_limits();

// Adds one trial to the verdict of its backend. Pure.
void judge(const StressTrial& trial, StressVerdict& verdict);

}  // namespace ipcmark
