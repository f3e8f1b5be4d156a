#include "tools/explain/explain_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <utility>

#include "results/explain/chain.hpp"
#include "results/explain/stamps.hpp"
#include "scenarios/launch/launch.hpp"
#include "scenarios/machine/canary.hpp"
#include "scenarios/machine/placement.hpp"
#include "scenarios/plan/plan.hpp"
#include "scenarios/timing/warm_up.hpp"
#include "tools/explain/counted_rounds.hpp"
#include "tools/explain/kernel_events.hpp"
#include "tools/explain/probe_cost.hpp"
#include "tools/explain/stamped_trial.hpp"
#include "tools/explain/switch_records.hpp"
#include "tools/session/session.hpp"

namespace ipcmark {
namespace {

enum class Look : std::uint8_t { plain, coarse, fine };

// How this machine lets itself be looked at.
struct Means {
  Seen seen = Seen::kernel;
  std::string why_not_more;
};

Means means_here() {
  const std::string no_events = no_kernel_events();
  if (no_events.empty()) return {};
  const std::string no_switches = no_switch_records();
  if (no_switches.empty()) return {Seen::switches, no_events};
  return {Seen::stamps, no_events + "; " + no_switches};
}

struct ObservedCell {
  RunSpec spec;
  std::vector<int> cpus;
  CellObservations seen;
  std::map<std::uint32_t, ObservedRound> rounds;
  Cell trials;  // their states and canaries alone
  std::vector<double> core_to_core;
  bool failed = false;
};

class ExplainSession {
 public:
  ExplainSession(const Program& program, Manifest& manifest, const ExplainOptions& options)
      : program_(program), manifest_(manifest), options_(options), means_(means_here()) {}
  ExplainRun run(const std::vector<RunSpec>& specs);

 private:
  void add_cell(RunSpec spec);
  void measure_probe();
  void measure_round(std::uint32_t round, const std::vector<bool>& wanted);
  void measure_void_rounds_again();
  void take(ObservedCell& cell, Look look, std::uint32_t round);
  Trial watch(ObservedCell& cell, Look look, std::uint32_t round);
  Trial measure(ObservedCell& cell, const TrialSetting& extra, std::uint32_t round);
  void fail(ObservedCell& cell, const Trial& trial);
  // Empty, or why the trial is of no use.
  std::string keep(ObservedCell& cell, Look look, const Trial& trial, std::uint32_t round,
                   Capture capture);
  bool shorten(ObservedCell& cell, std::uint32_t round);
  void look_for_long_trip(const ObservedCell& cell, std::uint32_t round);
  void say(const std::string& why) const {
    if (options_.say) options_.say(why);
  }
  std::vector<Look> looks() const;
  std::vector<std::set<std::uint32_t>> counted() const;
  void hand_over(ObservedCell& cell, const std::set<std::uint32_t>& good);
  bool stopped() const {
    return result_.stopped_at.has_value() ||
           (options_.stop_signal != nullptr && options_.stop_signal->load() != 0);
  }

  const Program& program_;
  Manifest& manifest_;
  const ExplainOptions& options_;
  Means means_;
  std::vector<ObservedCell> cells_;
  std::mt19937_64 random_;
  std::size_t done_ = 0;
  ExplainRun result_;
};

void ExplainSession::add_cell(RunSpec spec) {
  ObservedCell cell;
  const StampedTrial trial = stamped_trial(spec.wait, options_.messages, options_.break_ns > 0);
  spec.messages = trial.messages;
  spec.warmup_ns = trial.warm_up_ns;
  cell.seen.key = spec.key();
  cell.seen.blocks = sleeps_at_once(spec.wait);
  cell.seen.stamp_every = trial.stamp_every;
  cell.seen.clock_ns = cost_of_clock_ns();
  // The first of them only tells where the second begins.
  if (is_back_to_back(cell.seen.stamp_every, spec)) ++spec.messages;
  cell.seen.seen = means_.seen;
  cell.seen.why_not_more = means_.why_not_more;
  const PlacementAnswer placed = place(spec, allowed_cpus());
  cell.trials.spec = spec;
  cell.spec = std::move(spec);
  cell.cpus = placed.cpus;
  if (!placed.unsupported_reason.empty()) {
    cell.failed = true;
    result_.problems.push_back(cell.seen.key + ": " + placed.unsupported_reason);
  }
  cells_.push_back(std::move(cell));
}

void ExplainSession::measure_probe() {
  if (means_.seen != Seen::kernel || options_.break_ns > 0 || stopped()) return;
  for (ObservedCell& cell : cells_) {
    if (!cell.failed) {
      cell.seen.probe_alone_ns =
          cost_of_probe_ns((cell.cpus.empty() ? allowed_cpus() : cell.cpus).front());
    }
  }
}

void ExplainSession::fail(ObservedCell& cell, const Trial& trial) {
  cell.failed = true;
  if (trial.state != State::skipped) result_.skipped = false;
  result_.problems.push_back(
      fmt::format("{}: {}: {}", cell.seen.key, to_string(trial.state), trial.reason));
}

// The median trip by the cell's own clock; the batches' where trips are too short to be timed.
double median_trip_ns(const Trial& trial) {
  for (const char* name : {"batch_mean", "round_trip"}) {
    const auto found = trial.histograms.find(name);
    if (found != trial.histograms.end() && found->second.count() > 0) {
      return static_cast<double>(found->second.quantile(0.5));
    }
  }
  return 0;
}

Trial ExplainSession::measure(ObservedCell& cell, const TrialSetting& extra, std::uint32_t round) {
  TrialSetting setting = extra;
  setting.cpus = cell.cpus;
  setting.stop_signal = options_.stop_signal;
  setting.limits.trial_ns = options_.trial_timeout_ns;
  setting.voided = [this](const std::string& why) {
    say(why + ": the trial is void, and measured again");
  };
  RunSpec spec = cell.spec;
  spec.seed = trial_seed(options_.seed, round, spec.key());
  return run_trial(program_, spec, manifest_, setting);
}

std::string ExplainSession::keep(ObservedCell& cell, Look look, const Trial& trial,
                                 std::uint32_t round, Capture capture) {
  const double median_ns = median_trip_ns(trial);
  ObservedRound& kept = cell.rounds[round];
  if (look == Look::plain) {
    kept.plain_ns = median_ns;
    return {};
  }
  capture.back_to_back = is_back_to_back(cell.seen.stamp_every, cell.spec);
  const bool prepared_before = cell.spec.verify != Verify::off;
  const std::uint64_t stamped = stamped_trips(cell.spec.messages, cell.seen.stamp_every);
  if (!add_stamps(trial.trace, {stamped, prepared_before}, capture)) {
    return capture.lost > 0 ? "a buffer for its events was full before the first trip; take fewer "
                              "trips (--messages)"
                            : "none of its trips was stamped";
  }
  trim_to_stamps(capture);
  if (look == Look::coarse) {
    kept.coarse_ns = median_ns;
    kept.coarse_timeline.emplace(std::move(capture));
    return {};
  }
  kept.traced_ns = median_ns;
  kept.stamped_ratio = ratio_of_stretches(trial.trace, capture);
  kept.timeline.emplace(std::move(capture));
  if (options_.break_ns > 0) look_for_long_trip(cell, round);
  return {};
}

void ExplainSession::look_for_long_trip(const ObservedCell& cell, std::uint32_t round) {
  const Timeline& timeline = *cell.rounds.at(round).timeline;
  const std::vector<Trip>& trips = timeline.trips();
  ++result_.traced_trials;
  result_.traced_trips += trips.size();
  const auto found = std::find_if(trips.begin(), trips.end(), [&](const Trip& trip) {
    return timeline.time_ns(trip.end) - timeline.time_ns(trip.begin) >= options_.break_ns;
  });
  if (found == trips.end()) return;
  result_.stopped_at = {cell.seen.key, round, static_cast<std::size_t>(found - trips.begin())};
}

// A traced trial.
Trial ExplainSession::watch(ObservedCell& cell, Look look, std::uint32_t round) {
  std::optional<KernelEvents> events;
  std::optional<SwitchRecords> switches;
  std::string wrong;
  if (means_.seen == Seen::kernel) {
    auto made = KernelEvents::create(look == Look::fine ? Detail::fine : Detail::coarse,
                                     cell.cpus.empty() ? allowed_cpus() : cell.cpus);
    if (made) events.emplace(std::move(*made));
    if (!made) wrong = made.error();
  } else if (means_.seen == Seen::switches) {
    switches.emplace();
  }
  TrialSetting setting;
  setting.trace = true;
  setting.trace_every = cell.seen.stamp_every;
  setting.opened = [&](const std::vector<int>& pids) {
    wrong.clear();  // of an attempt before
    if (events && !events->begin(pids)) wrong = events->error();
    if (switches && !switches->begin(pids)) wrong = switches->error();
  };
  setting.drained = [&] {
    if (events) events->end();
    if (switches) switches->end();
  };
  Trial trial;
  if (wrong.empty()) trial = measure(cell, setting, round);
  Capture capture;
  if (wrong.empty() && trial.state == State::passed) {
    if (events && !events->read(capture)) wrong = events->error();
    if (switches) switches->read(capture);
  }
  if (wrong.empty() && trial.state == State::passed) {
    wrong = keep(cell, look, trial, round, std::move(capture));
  }
  if (!wrong.empty()) {
    trial.state = State::failed;
    trial.reason = "its workers could not be watched: " + wrong;
  }
  return trial;
}

// Where a buffer had no room for all trips of the traced trial: the cell's trials have fewer from
// now on. True: they have.
bool ExplainSession::shorten(ObservedCell& cell, std::uint32_t round) {
  const std::optional<Timeline>& timeline = cell.rounds[round].timeline;
  if (stopped() || !timeline || timeline->capture().lost == 0) return false;
  const std::uint64_t held = timeline->trips().size() * cell.spec.messages /
                             stamped_trips(cell.spec.messages, cell.seen.stamp_every);
  const std::uint64_t fewer = trips_with_room(held);
  if (fewer == 0 || fewer >= cell.spec.messages) return false;
  say(
      fmt::format("{}: there was room for the events of {} of {} trips; its trials have {} from "
                  "now on",
                  cell.seen.key, held, cell.spec.messages, fewer));
  cell.spec.messages = fewer;
  return true;
}

void ExplainSession::take(ObservedCell& cell, Look look, std::uint32_t round) {
  if (options_.progress) {
    options_.progress(done_, std::max(done_ + 1, cells_.size() * looks().size() * options_.rounds));
  }
  ++done_;
  // One size for all trials of a cell in a round, which are compared with each other: it may move a
  // median of some 100 ns by a tenth.
  vary_environment_size(options_.seed, round, static_cast<std::uint32_t>(&cell - cells_.data()));
  const CanaryCpus cpus = cpus_for_canary(program_, cell.spec, allowed_cpus());
  const CanaryReading before = take_canary(cpus);
  Trial trial;
  if (look == Look::plain) {
    trial = measure(cell, {}, round);
    if (trial.state == State::passed) keep(cell, look, trial, round, {});
  } else {
    do {
      trial = watch(cell, look, round);
    } while (look == Look::fine && trial.state == State::passed && shorten(cell, round));
  }
  const bool left_void = trial.cause == Cause::void_round;
  if (trial.state != State::passed && !left_void) {
    if (!stopped()) fail(cell, trial);
    return;
  }
  Trial bare;
  bare.round = round;
  bare.state = trial.state;
  bare.canary = canary_between(before, take_canary(cpus));
  if (bare.canary.core_to_core_before_ns > 0) {
    cell.core_to_core.push_back(bare.canary.core_to_core_before_ns);
  }
  cell.trials.trials.push_back(std::move(bare));
}

std::vector<Look> ExplainSession::looks() const {
  if (options_.break_ns > 0) return {Look::fine};
  if (means_.seen == Seen::kernel) return {Look::plain, Look::fine, Look::coarse};
  return {Look::plain, Look::fine};
}

void ExplainSession::measure_round(std::uint32_t round, const std::vector<bool>& wanted) {
  std::vector<std::pair<std::size_t, Look>> turns;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    for (const Look look : looks()) {
      if (wanted[i]) turns.emplace_back(i, look);
    }
  }
  std::shuffle(turns.begin(), turns.end(), random_);
  for (const auto& [cell, look] : turns) {
    if (stopped()) return;
    if (!cells_[cell].failed) take(cells_[cell], look, round);
  }
}

std::vector<std::set<std::uint32_t>> ExplainSession::counted() const {
  std::vector<Cell> trials;
  trials.reserve(cells_.size());
  for (const ObservedCell& cell : cells_) trials.push_back(cell.trials);
  return counted_rounds(std::move(trials), looks().size());
}

// As many times as there are rounds, at most.
void ExplainSession::measure_void_rounds_again() {
  for (std::uint32_t again = 0; again < options_.rounds && !stopped(); ++again) {
    const std::vector<std::set<std::uint32_t>> rounds = counted();
    std::vector<bool> wanted;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      wanted.push_back(!cells_[i].failed && rounds[i].size() < options_.rounds);
    }
    if (std::find(wanted.begin(), wanted.end(), true) == wanted.end()) return;
    measure_round(options_.rounds + again, wanted);
  }
}

// Where no round counts all there are do, the last ones alone: figures of a noisy machine are said
// to be that.
void ExplainSession::hand_over(ObservedCell& cell, const std::set<std::uint32_t>& good) {
  std::vector<ObservedRound> whole;
  std::vector<ObservedRound> others;
  for (auto& [number, round] : cell.rounds) {
    if (round.timeline) (good.contains(number) ? whole : others).push_back(std::move(round));
  }
  const std::size_t measured = whole.size() + others.size();
  if (measured == 0) return;
  if (options_.break_ns == 0 && whole.empty()) {
    say(
        fmt::format("{}: the machine was not quiet in any round; what was measured is shown all "
                    "the same",
                    cell.seen.key));
  } else if (options_.break_ns == 0 && whole.size() < options_.rounds && !stopped()) {
    say(
        fmt::format("{}: {} of {} rounds count; in the others the machine was not quiet, or in "
                    "another state",
                    cell.seen.key, whole.size(), measured));
  }
  if (whole.empty()) {
    const std::size_t wanted = std::min<std::size_t>(measured, options_.rounds);
    whole.assign(std::make_move_iterator(others.end() - static_cast<std::ptrdiff_t>(wanted)),
                 std::make_move_iterator(others.end()));
    others.clear();
  }
  cell.seen.rounds = std::move(whole);
  cell.seen.void_rounds = others.size();
  cell.seen.core_to_core_ns = median_of(cell.core_to_core);
  result_.cells.push_back(std::move(cell.seen));
}

ExplainRun ExplainSession::run(const std::vector<RunSpec>& specs) {
  result_.skipped = true;
  random_.seed(options_.seed);
  for (const RunSpec& spec : specs) add_cell(spec);
  measure_probe();
  const std::vector<bool> all(cells_.size(), true);
  for (std::uint32_t round = 0; round < options_.rounds && !stopped(); ++round) {
    measure_round(round, all);
    if (options_.break_ns == 0 || result_.stopped_at) continue;
    // What no trip of was long enough is not wanted, and takes memory.
    if (round + 1 < options_.rounds) {
      for (ObservedCell& cell : cells_) cell.rounds.erase(round);
    }
  }
  if (options_.break_ns == 0) measure_void_rounds_again();
  const std::vector<std::set<std::uint32_t>> counts = counted();
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    ObservedCell& cell = cells_[i];
    if (result_.stopped_at && cell.seen.key != result_.stopped_at->key) continue;
    if (result_.stopped_at) {
      std::erase_if(cell.rounds,
                    [&](const auto& each) { return each.first != result_.stopped_at->round; });
    }
    hand_over(cell, counts[i]);
  }
  return std::move(result_);
}

}  // namespace

Seen seen_here() { return means_here().seen; }

ExplainRun observe(const Program& program, const std::vector<RunSpec>& cells, Manifest& manifest,
                   const ExplainOptions& options) {
  return ExplainSession(program, manifest, options).run(cells);
}

std::vector<ExplainedCell> explain_passed(const Program& program, const ResultDocument& document,
                                          Manifest& manifest, const ExplainOptions& options) {
  std::vector<RunSpec> specs;
  for (const Cell& cell : document.cells) {
    const bool passed = !cell.trials.empty() &&
                        std::all_of(cell.trials.begin(), cell.trials.end(), [](const Trial& trial) {
                          return trial.state == State::passed;
                        });
    if (passed && can_be_explained(cell.spec)) specs.push_back(cell.spec);
  }
  const ExplainRun run = observe(program, specs, manifest, options);
  for (const std::string& problem : run.problems) {
    if (options.say) options.say("not explained: " + problem);
  }
  std::vector<ExplainedCell> cells;
  for (const CellObservations& cell : run.cells) cells.push_back(explained(explain(cell, 0)));
  return cells;
}

}  // namespace ipcmark
