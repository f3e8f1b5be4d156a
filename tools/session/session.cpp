#include "tools/session/session.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <ctime>
#include <limits>
#include <map>
#include <random>
#include <utility>

#include "backends/deadline.hpp"
#include "results/figures/summary.hpp"
#include "results/splitmix.hpp"
#include "scenarios/foreign/foreign_trial.hpp"
#include "scenarios/foreign/runner_list.hpp"
#include "scenarios/machine/build_facts.hpp"
#include "scenarios/machine/canary.hpp"
#include "scenarios/machine/environment_probe.hpp"
#include "scenarios/machine/placement.hpp"
#include "scenarios/plan/capability_facts.hpp"
#include "scenarios/plan/interleave.hpp"
#include "scenarios/traffic/payload.hpp"
#include "tools/session/run_journal.hpp"

namespace ipcmark {
namespace {

class SessionRun {
 public:
  SessionRun(const Program& program, const Plan& plan, Manifest& manifest,
             const SessionOptions& options, Observer& observer)
      : program_(program),
        plan_(plan),
        manifest_(manifest),
        options_(options),
        observer_(observer),
        turns_(interleave(program, plan)),
        allowed_(allowed_cpus()),
        trials_(plan.cells.size()),
        journal_(options.journal) {}

  ResultDocument run();

 private:
  bool stopped() const {
    return options_.stop_signal != nullptr && options_.stop_signal->load() != 0;
  }
  bool done(const Turn& turn) const;
  void take(std::size_t index);  // the turn's trial, unless it is done already
  std::uint32_t next_round() const;
  std::vector<std::size_t> wide_cells(double target) const;
  void add_rounds(double target, std::uint32_t end_round, std::uint64_t end_ns);
  bool timed(const RunSpec& spec) const;
  bool wants_canary(const Turn& turn) const;
  Trial measure(const Turn& turn);
  void keep(const Turn& turn, Trial trial);
  ResultDocument document() &&;

  const Program& program_;
  const Plan& plan_;
  Manifest& manifest_;
  const SessionOptions& options_;
  Observer& observer_;
  std::vector<Turn> turns_;
  std::vector<int> allowed_;
  std::vector<std::vector<Trial>> trials_;  // by cell
  RunJournal* journal_;                     // none after it could not be written
  Environment environment_;
  RunInfo run_;  // what is known from the start
  bool interrupted_ = false;
};

bool SessionRun::done(const Turn& turn) const {
  const auto& trials = trials_[turn.cell];
  return std::any_of(trials.begin(), trials.end(),
                     [&](const Trial& trial) { return trial.round == turn.round; });
}

bool SessionRun::timed(const RunSpec& spec) const {
  const auto* scenario = program_.scenario(spec.scenario);
  return scenario != nullptr && scenario->timed;
}

// A cell that was skipped once will be skipped again: nothing to take the machine's pulse for.
bool SessionRun::wants_canary(const Turn& turn) const {
  if (!options_.canaries || !timed(plan_.cells[turn.cell])) return false;
  const auto& trials = trials_[turn.cell];
  return trials.empty() || trials.back().state != State::skipped;
}

Trial SessionRun::measure(const Turn& turn) {
  RunSpec spec = plan_.cells[turn.cell];
  spec.seed = trial_seed(plan_.seed, turn.round, spec.key());
  const auto placement = place(spec, allowed_);
  if (!placement.unsupported_reason.empty()) {
    Trial trial;
    trial.state = State::skipped;
    trial.cause = Cause::unsupported;
    trial.reason = placement.unsupported_reason;
    return trial;
  }
  TrialSetting setting;
  setting.cpus = placement.cpus;
  setting.stop_signal = options_.stop_signal;
  setting.limits.trial_ns = options_.trial_timeout_ns;
  // A pause without anybody to tell is still no measurement.
  setting.voided = [this](const std::string& why) {
    if (options_.voided) options_.voided(why);
  };
  setting.trace = options_.trace;
  setting.samples = options_.samples;
  vary_environment_size(plan_.seed, turn.round, turn.position);
  const bool canary = wants_canary(turn);
  const auto canary_cpus = canary ? cpus_for_canary(program_, spec, allowed_) : CanaryCpus{};
  const auto before = canary ? take_canary(canary_cpus) : CanaryReading{};
  auto trial = measure_trial(program_, spec, manifest_, setting);
  if (!canary || trial.state == State::skipped || trial.state == State::interrupted) return trial;
  const auto after = take_canary(canary_cpus);
  trial.canary = canary_between(before, after);
  return trial;
}

void SessionRun::keep(const Turn& turn, Trial trial) {
  JournalEntry entry{turn.cell, plan_.cells[turn.cell].key(), std::move(trial)};
  if (journal_)
    if (auto written = journal_->append(entry); !written) {
      // The measurements are worth more than the journal: go on, and say so once.
      std::size_t before = 0;
      for (const auto& trials : trials_) before += trials.size();
      if (options_.journal_lost) options_.journal_lost(written.error(), before);
      journal_ = nullptr;
    }
  entry.trial.trace.clear();  // the observer has had both
  entry.trial.samples.clear();
  trials_[turn.cell].push_back(std::move(entry.trial));
}

ResultDocument SessionRun::document() && {
  ResultDocument document;
  document.catalogue = catalogue_of(program_);
  document.run = std::move(run_);
  document.run.finished = utc_now();
  document.run.version = build_facts().version;
  document.run.seed = plan_.seed;
  document.run.trials_asked = plan_.trials;
  document.run.interrupted = interrupted_;
  note_end_of_run(environment_);
  document.environment = std::move(environment_);
  if (auto runners = runner_facts(program_); !runners.empty()) {
    document.environment.facts["runners"] = std::move(runners);
  }
  for (std::size_t index = 0; index < trials_.size(); ++index) {
    if (trials_[index].empty()) continue;  // the run was interrupted before its first trial
    Cell cell;
    cell.spec = plan_.cells[index];
    cell.capabilities = capability_facts(program_.registry, cell.spec);
    cell.trials = std::move(trials_[index]);
    document.cells.push_back(std::move(cell));
  }
  return document;
}

void SessionRun::take(std::size_t index) {
  const Turn turn = turns_[index];
  if (done(turn)) return;
  if (stopped()) {
    interrupted_ = true;
    return;
  }
  const auto& spec = plan_.cells[turn.cell];
  observer_.trial_begins(spec, index, turns_.size());
  const auto begin = now_ns();
  auto trial = measure(turn);
  trial.round = turn.round;
  trial.position = turn.position;
  observer_.trial_ended(spec, trial, now_ns() - begin);
  if (trial.state == State::interrupted && trial.cause != Cause::void_round) {
    interrupted_ = true;  // half a trial is no trial: a resumed run does it again
    return;
  }
  keep(turn, std::move(trial));
}

std::uint32_t SessionRun::next_round() const {
  std::uint32_t next = 0;
  for (const auto& trials : trials_) {
    for (const Trial& trial : trials) next = std::max(next, trial.round + 1);
  }
  return next;
}

// Those of timed cells whose figure is not known as narrowly as `target`, and may be after more
// trials.
std::vector<std::size_t> SessionRun::wide_cells(double target) const {
  const Catalogue catalogue = catalogue_of(program_);
  ResultDocument so_far;
  so_far.environment = environment_;  // the step of its clock decides what a cell is ranked by
  std::vector<std::size_t> which;
  for (std::size_t i = 0; i < plan_.cells.size(); ++i) {
    if (!timed(plan_.cells[i]) || trials_[i].empty()) continue;
    so_far.cells.push_back({plan_.cells[i], {}, trials_[i]});
    which.push_back(i);
  }
  const MachineView machine(so_far);
  std::vector<std::size_t> wide;
  for (std::size_t i = 0; i < which.size(); ++i) {
    const Summary summary = summarize(so_far.cells[i], machine, catalogue);
    const Figure* figure = main_figure(summary, catalogue.scenario(so_far.cells[i].spec.scenario));
    if (summary.state != State::passed || figure == nullptr) continue;
    // What is shown from another state of the machine has no figure yet in the one that counts.
    const bool more = !summary.comparable || more_trials_for(*figure, target) > 0;
    if (more) wide.push_back(which[i]);
  }
  return wide;
}

// `turns_` grows by a round at a time, as long as there is something to narrow and time for it.
void SessionRun::add_rounds(double target, std::uint32_t end_round, std::uint64_t end_ns) {
  while (!interrupted_ && now_ns() < end_ns && next_round() < end_round) {
    const std::vector<std::size_t> wide = wide_cells(target);
    if (wide.empty()) return;
    const std::size_t done = turns_.size();
    for (const Turn& turn : one_round(wide, next_round(), plan_.seed)) turns_.push_back(turn);
    for (std::size_t index = done; index < turns_.size() && !interrupted_; ++index) take(index);
  }
}

ResultDocument SessionRun::run() {
  run_.id = manifest_.run_id();
  run_.started = utc_now();
  run_.shard = plan_.shard;
  environment_ = probe_environment();
  if (journal_ != nullptr) {
    const JournalHead& head = journal_->head();
    run_.id = head.run_id;
    run_.started = head.started;
    run_.host = head.host;
    run_.labels = head.labels;
    for (const JournalEntry& entry : journal_->taken()) trials_[entry.cell].push_back(entry.trial);
  }
  observer_.started(plan_, turns_.size());
  const std::uint64_t begin = now_ns();
  for (std::size_t index = 0; index < turns_.size() && !interrupted_; ++index) take(index);
  if (options_.until > 0) {
    add_rounds(options_.until, std::numeric_limits<std::uint32_t>::max(),
               begin + options_.until_ns);
  } else if (options_.complete_intervals) {
    const std::uint64_t now = now_ns();  // resumed, the plan's rounds may have taken no time at all
    const std::uint64_t took = std::max(now - begin, plan_.estimated_ns);
    add_rounds(std::numeric_limits<double>::infinity(), 2 * plan_.trials, now + took / 2);
  }
  return std::move(*this).document();
}

}  // namespace

std::string utc_now() { return fmt::format("{:%FT%TZ}", fmt::gmtime(std::time(nullptr))); }

std::uint64_t trial_seed(std::uint64_t run_seed, std::uint32_t round, const std::string& key) {
  return checksum(std::as_bytes(std::span(key)), mixed(run_seed) + round) | 1U;
}

void vary_environment_size(std::uint64_t seed, std::uint32_t round, std::uint32_t position) {
  std::seed_seq sequence{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U),
                         round, position};
  std::minstd_rand random{sequence};
  const std::string padding(random() % 4096U, 'x');
  ::setenv("IPCMARK_PADDING", padding.c_str(), 1);  // NOLINT(concurrency-mt-unsafe): no thread yet
}

ResultDocument run_session(const Program& program, const Plan& plan, Manifest& manifest,
                           const SessionOptions& options, Observer& observer) {
  return SessionRun{program, plan, manifest, options, observer}.run();
}

}  // namespace ipcmark
