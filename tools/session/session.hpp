// Runs a plan: interleaved trials with canaries, a journal, and a result document at the end.
#pragma once

#include <atomic>
#include <functional>
#include <set>
#include <string>

#include "results/model/trial.hpp"
#include "scenarios/cleanup/manifest.hpp"
#include "scenarios/plan/plan.hpp"

namespace ipcmark {

std::string utc_now();  // ISO 8601, to the second: "2026-01-31T12:00:00Z"

// Told what happens; the terminal's progress is one of these. Called on the caller's thread.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void started(const Plan&, std::size_t /*turns*/) {}
  virtual void trial_begins(const RunSpec&, std::size_t /*turn*/, std::size_t /*turns*/) {}
  virtual void trial_ended(const RunSpec&, const Trial&, std::uint64_t /*took_ns*/) {}
  virtual void message(const std::string&) {}
};

class RunJournal;

struct SessionOptions {
  RunJournal* journal = nullptr;  // its trials are taken, and each finished one is written; or none
  // Told once, when the journal cannot be written any more: why, and how many finished trials it
  // holds. The run goes on without it.
  std::function<void(const std::string& why, std::size_t trials)> journal_lost;
  const std::atomic<int>* stop_signal = nullptr;
  bool canaries = true;
  std::uint64_t trial_timeout_ns = 0;  // 0: by what each trial plans
  // Told that an attempt at a trial is void, and why; it is measured again.
  std::function<void(const std::string& why)> voided;
  // Not 0: after the plan's rounds, more of those cells whose interval (summary.hpp: half_width of
  // the figure it is ranked by) is wider than this, until none is or `until_ns` have passed since
  // the start.
  double until = 0;
  std::uint64_t until_ns = 600'000'000'000;
  // Without `until`: after the plan's rounds, more of those cells of which too few trials for an
  // interval were in the machine's state. At most as many rounds as the plan has, and none is begun
  // after half of the time that the plan's took.
  bool complete_intervals = false;
  bool samples = false;  // likewise
  bool trace = false;    // see TrialSetting; the observer finds it in each trial
};

// `document.run` and `environment` are filled by this call. Whatever happens to a trial is a state
// in the document.
ResultDocument run_session(const Program& program, const Plan& plan, Manifest& manifest,
                           const SessionOptions& options, Observer& observer);

// The seed of one trial, for its payload bytes and arrivals: no two trials of a run replay each
// other, and the same cell and round of a run with the same seed do.
std::uint64_t trial_seed(std::uint64_t run_seed, std::uint32_t round, const std::string& key);

// Before each trial, by every kind of measuring run.
// The size of the environment shifts every stack of the workers and with it their alignment
// (Mytkowicz et al., "Producing wrong data without doing anything obviously wrong!", ASPLOS 2009).
// A new size per trial makes it noise instead of bias; seeded, so that a run can be repeated.
void vary_environment_size(std::uint64_t seed, std::uint32_t round, std::uint32_t position);

}  // namespace ipcmark
