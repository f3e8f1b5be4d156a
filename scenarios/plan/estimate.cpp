// How long a plan takes.
#include <algorithm>

#include "backends/foreign_mechanism.hpp"
#include "backends/saturating.hpp"
#include "scenarios/cell_layout.hpp"
#include "scenarios/plan/plan.hpp"
#include "scenarios/timing/bursts.hpp"
#include "scenarios/timing/due_time.hpp"
#include "scenarios/timing/stop_condition.hpp"

namespace ipcmark {
namespace {

// What a trial takes beside its loop: processes, opening, canaries; from quick runs on two cores.
constexpr std::uint64_t trial_overhead_ns = 40'000'000;
constexpr std::uint64_t untimed_loop_ns = 60'000'000;
constexpr std::uint64_t diagnosis_ns = 900'000'000;        // of a deadlock that has to be found
constexpr std::uint64_t runner_overhead_ns = 400'000'000;  // an interpreter and what it imports
constexpr std::uint64_t guessed_message_ns = 20'000;
constexpr std::uint64_t explained_trials = 3;  // of a cell in a round
constexpr std::uint64_t explained_trial_ns = 150'000'000;

// Of a runner's mechanism what it says that it can measure; null: of our own.
const RunnerMechanism* runner_mechanism(const Program& program, const RunSpec& spec) {
  const BackendEntry* backend = program.registry.backend(spec.backend);
  if (backend != nullptr && backend->foreign != nullptr) return &backend->foreign->about;
  const LockEntry* lock = program.registry.lock(spec.lock);
  return lock != nullptr && lock->foreign != nullptr ? &lock->foreign->about : nullptr;
}

bool is_skipped_without_asking(const RunnerMechanism& mechanism, const std::string& scenario) {
  const auto& runs = mechanism.scenarios;
  return std::find(runs.begin(), runs.end(), scenario) == runs.end();
}

std::uint64_t loop_of(const RunSpec& spec) {
  if (spec.messages == 0) {
    return std::max(spec.duration_ns, saturating_product(min_trips, gap_of(spec)));
  }
  const std::uint64_t each = saturating_sum(guessed_message_ns, gap_of(spec));
  return saturating_sum(Bursts(spec).time_of(spec.messages),
                        saturating_product(spec.messages, each));
}

std::uint64_t untimed_loop_of(const Program& program, const RunSpec& spec) {
  const auto layout = layout_of(program, spec);
  return layout && layout->foresees_deadlock ? diagnosis_ns : untimed_loop_ns;
}

std::uint64_t trial_of(const Program& program, const RunSpec& spec, bool timed,
                       const RunnerMechanism* runner) {
  const std::uint64_t overhead = trial_overhead_ns + (runner != nullptr ? runner_overhead_ns : 0);
  if (!timed) return overhead + untimed_loop_of(program, spec);
  // A third of the warm-ups is longer than its minimum.
  const std::uint64_t warm_up = saturating_sum(spec.warmup_ns, spec.warmup_ns / 3);
  return saturating_sum(overhead, saturating_sum(warm_up, loop_of(spec)));
}

}  // namespace

std::uint64_t estimated_ns(const Program& program, const Plan& plan) {
  std::uint64_t total = 0;
  for (const RunSpec& spec : plan.cells) {
    const ScenarioEntry* scenario = program.scenario(spec.scenario);
    const bool timed = scenario != nullptr && scenario->timed;
    const RunnerMechanism* runner = runner_mechanism(program, spec);
    if (runner != nullptr && is_skipped_without_asking(*runner, spec.scenario)) continue;
    total = saturating_sum(total, saturating_product(timed ? plan.trials : plan.untimed_trials,
                                                     trial_of(program, spec, timed, runner)));
    if (can_be_explained(spec)) {
      total = saturating_sum(
          total, saturating_product(plan.explain_rounds, explained_trials * explained_trial_ns));
    }
  }
  return total;
}

}  // namespace ipcmark
