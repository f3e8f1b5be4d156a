// Runs one trial in fresh processes with fresh objects. Blocking; one at a time per process.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "backends/names.hpp"
#include "scenarios/launch/watched_time.hpp"
#include "scenarios/scenario.hpp"

namespace ipcmark {

// Times in which the coordinator did not run count for none of them.
struct TrialLimits {
  std::uint64_t trial_ns = 0;  // of a trial that goes on moving; 0: see trial_timeout_ns()
  // Without any change, in stages open and drain; more for many workers and a busy machine.
  std::uint64_t open_ns = 5'000'000'000;
  std::uint64_t drain_ns = 5'000'000'000;
  std::uint64_t no_progress_ns = 800'000'000;  // then the two samples of the diagnosis are taken
};

struct TrialSetting {
  TrialLimits limits;
  MachineProbe machine_probe = real_machine_probe();
  // Set: a trial whose workers were stopped for a while is void, which is told here, and is run
  // again; after `max_attempts` it is left void (state interrupted, cause void_round).
  std::function<void(const std::string& why)> voided;
  std::vector<int> cpus;  // worker i is pinned to cpus[i % size]; empty: free
  const std::atomic<int>* stop_signal = nullptr;  // not 0: end the trial (state interrupted)
  // A hook for stress and tests: called about every millisecond while workers run, with their pids;
  // of a runner from its mark "start" on, with those of all its processes.
  void (*while_running)(const std::vector<int>& pids, void* user) = nullptr;
  void* user = nullptr;
  // For who watches the workers from outside: called once when all have opened what they use and
  // none has begun, with their pids in the layout's order; and once when all have finished and none
  // has ended. A trial that fails before has no such moment.
  std::function<void(const std::vector<int>& pids)> opened;
  std::function<void()> drained;
  bool samples = false;  // keep every timed event, and the workers' pace, in Trial::samples
  bool trace = false;    // note every operation of every worker in Trial::trace
  // Above 1: each so many-th trip alone, which the scenario's loop notes itself (StampedTrips).
  std::uint32_t trace_every = 1;
};

inline constexpr unsigned max_attempts = 3;
// Attempts at a trial until one counts: what TrialSetting::voided says. `attempt` tells whether a
// process of its was stopped for a while.
Trial without_pauses(const TrialSetting& setting,
                     const std::function<Trial(bool& paused)>& attempt);

// Never fails as a call: whatever happens is the Trial's state and reason. Checks by the trial's
// admission that backend and scenario fit (skipped with a reason). Leaves no process and no object
// behind. Canary, round and position are the caller's (session.hpp).
Trial run_trial(const Program& program, const RunSpec& spec, Names& names,
                const TrialSetting& setting);

// First call of every main that may run trials: the program itself is started again as the worker
// ("--ipcmark-worker" as argv[1]). Returns the exit code when it was, nothing otherwise.
std::optional<int> run_as_worker_if_asked(const Program& program, int argc, char** argv);

}  // namespace ipcmark
