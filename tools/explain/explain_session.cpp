#include "tools/explain/explain_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <random>
#include <utility>

#include "results/explain/stamps.hpp"
#include "scenarios/launch/launch.hpp"
#include "scenarios/machine/canary.hpp"
#include "scenarios/machine/placement.hpp"
#include "tools/explain/kernel_events.hpp"
#include "tools/explain/switch_records.hpp"
#include "tools/session/session.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t trips_of_a_trial = 2000;
constexpr std::uint64_t spinning_trips = 100'000;
constexpr std::uint32_t spinning_stamp_every = 64;
constexpr std::uint64_t warm_up_ns = 20'000'000;

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
  void take(ObservedCell& cell, Look look, std::uint32_t round);
  bool watch(ObservedCell& cell, Look look, Trial& trial, std::uint32_t round);
  Trial measure(ObservedCell& cell, const TrialSetting& extra, std::uint32_t round);
  void fail(ObservedCell& cell, const Trial& trial);
  void keep(ObservedCell& cell, Look look, const Trial& trial, Capture capture);
  bool stopped() const {
    return options_.stop_signal != nullptr && options_.stop_signal->load() != 0;
  }

  const Program& program_;
  Manifest& manifest_;
  const ExplainOptions& options_;
  Means means_;
  std::vector<ObservedCell> cells_;
  ExplainRun result_;
};

void ExplainSession::add_cell(RunSpec spec) {
  ObservedCell cell;
  const bool blocks = sleeps_at_once(spec.wait);
  spec.messages = options_.messages != 0 ? options_.messages
                  : blocks               ? trips_of_a_trial
                                         : spinning_trips;
  spec.warmup_ns = warm_up_ns;
  cell.seen.key = spec.key();
  cell.seen.blocks = blocks;
  cell.seen.stamp_every = blocks ? 1 : spinning_stamp_every;
  cell.seen.seen = means_.seen;
  cell.seen.why_not_more = means_.why_not_more;
  const PlacementAnswer placed = place(spec, allowed_cpus());
  cell.spec = std::move(spec);
  cell.cpus = placed.cpus;
  if (!placed.refusal.empty()) {
    cell.failed = true;
    result_.problems.push_back(cell.seen.key + ": " + placed.refusal);
  }
  cells_.push_back(std::move(cell));
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
    if (options_.say) options_.say(why + ": the trial is void, and measured again");
  };
  RunSpec spec = cell.spec;
  spec.seed = trial_seed(options_.seed, round, spec.key());
  return run_trial(program_, spec, manifest_, setting);
}

void ExplainSession::keep(ObservedCell& cell, Look look, const Trial& trial, Capture capture) {
  const double median_ns = median_trip_ns(trial);
  if (look == Look::plain) cell.seen.plain_ns.push_back(median_ns);
  if (look == Look::coarse) cell.seen.coarse_ns.push_back(median_ns);
  if (look != Look::fine) return;
  if (!add_stamps(trial.trace, cell.spec.messages, capture)) return;
  trim_to_stamps(capture);
  cell.seen.traced_ns.push_back(median_ns);
  cell.seen.timelines.emplace_back(std::move(capture));
}

// A traced trial; false: it could not be watched, and `trial` is none.
bool ExplainSession::watch(ObservedCell& cell, Look look, Trial& trial, std::uint32_t round) {
  std::optional<KernelEvents> events;
  std::optional<SwitchRecords> switches;
  if (means_.seen == Seen::kernel) {
    auto made = KernelEvents::create(look == Look::fine ? Detail::fine : Detail::coarse, cell.cpus);
    if (!made) {
      if (options_.say) options_.say(made.error());
      return false;
    }
    events.emplace(std::move(*made));
  } else if (means_.seen == Seen::switches) {
    switches.emplace();
  }
  std::string wrong;
  TrialSetting setting;
  setting.trace = true;
  setting.trace_every = cell.seen.stamp_every;
  setting.opened = [&](const std::vector<int>& pids) {
    if (events && !events->begin(pids)) wrong = events->error();
    if (switches && !switches->begin(pids)) wrong = switches->error();
  };
  setting.drained = [&] {
    if (events) events->end();
    if (switches) switches->end();
  };
  trial = measure(cell, setting, round);
  if (trial.state != State::passed) return true;
  Capture capture;
  if (look == Look::coarse) events.reset();  // its times are all that is wanted
  if (wrong.empty() && events && !events->read(capture)) wrong = events->error();
  if (wrong.empty() && switches) switches->read(capture);
  if (!wrong.empty()) {
    if (options_.say) options_.say(wrong);
    return false;
  }
  keep(cell, look, trial, std::move(capture));
  return true;
}

void ExplainSession::take(ObservedCell& cell, Look look, std::uint32_t round) {
  Trial trial;
  if (look == Look::plain) {
    const std::vector<int> cpus = cpus_for_canary(cell.spec, allowed_cpus());
    const CanaryReading canary = take_canary(cpus);
    if (canary.core_to_core_ns > 0) cell.core_to_core.push_back(canary.core_to_core_ns);
    trial = measure(cell, {}, round);
    if (trial.state == State::passed) keep(cell, look, trial, {});
  } else if (!watch(cell, look, trial, round)) {
    cell.failed = true;
    result_.skipped = false;
    result_.problems.push_back(cell.seen.key + ": its workers could not be watched");
    return;
  }
  if (trial.state != State::passed && !stopped()) fail(cell, trial);
}

ExplainRun ExplainSession::run(const std::vector<RunSpec>& specs) {
  result_.skipped = true;
  for (const RunSpec& spec : specs) add_cell(spec);
  std::vector<Look> looks = {Look::plain, Look::fine};
  if (means_.seen == Seen::kernel) looks.push_back(Look::coarse);
  std::vector<std::pair<std::size_t, Look>> turns;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    for (const Look look : looks) turns.emplace_back(i, look);
  }
  std::mt19937_64 random(options_.seed);
  std::size_t done = 0;
  for (std::uint32_t round = 0; round < options_.rounds; ++round) {
    std::shuffle(turns.begin(), turns.end(), random);
    for (const auto& [cell, look] : turns) {
      if (stopped()) break;
      if (options_.progress) options_.progress(done, turns.size() * options_.rounds);
      ++done;
      if (!cells_[cell].failed) take(cells_[cell], look, round);
    }
  }
  for (ObservedCell& cell : cells_) {
    if (cell.seen.timelines.empty()) continue;
    cell.seen.core_to_core_ns = median_of(cell.core_to_core);
    result_.cells.push_back(std::move(cell.seen));
  }
  return std::move(result_);
}

}  // namespace

ExplainRun observe(const Program& program, const std::vector<RunSpec>& cells, Manifest& manifest,
                   const ExplainOptions& options) {
  return ExplainSession(program, manifest, options).run(cells);
}

}  // namespace ipcmark
