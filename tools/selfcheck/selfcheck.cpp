#include "tools/selfcheck/selfcheck.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <utility>

#include "backends/deadline.hpp"
#include "results/comparison/comparison.hpp"
#include "results/text/nearest.hpp"
#include "scenarios/launch/launch.hpp"
#include "scenarios/launch/plain_ping_pong.hpp"
#include "scenarios/machine/build_facts.hpp"
#include "scenarios/machine/clock_step.hpp"
#include "scenarios/machine/environment_probe.hpp"
#include "scenarios/machine/placement.hpp"
#include "scenarios/plan/plan.hpp"
#include "scenarios/timed/one_way.hpp"
#include "scenarios/traffic/channel_fit.hpp"
#include "tools/selfcheck/selfcheck_judges.hpp"
#include "tools/session/session.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t known_delay_ns = 10'000;
constexpr std::int64_t load_rate = 10'000;
constexpr std::uint64_t stall_ns = 100 * ms;
constexpr std::uint64_t integrity_messages = 400;
constexpr unsigned lossy_repeats = 10;
constexpr std::uint64_t slowed_control_ns = 50'000;
constexpr std::array<const char*, 5> integrity_faults{"drop", "duplicate", "swap", "flip",
                                                      "truncate"};

std::uint64_t above(const Histogram& histogram, std::uint64_t limit) {
  std::uint64_t many = 0;
  for (const auto& [bucket, count] : histogram.sparse()) {
    if (Histogram::lowest_of(bucket) > limit) many += count;
  }
  return many;
}

RunSpec cell(const char* scenario, const char* backend, std::uint64_t duration_ns) {
  RunSpec spec;
  spec.scenario = scenario;
  spec.backend = backend;
  spec.duration_ns = duration_ns;
  spec.warmup_ns = duration_ns / 4;
  return spec;
}

using Answer = tl::expected<Trial, CheckResult>;

class Selfcheck {
 public:
  Selfcheck(const Program& program, const SelfcheckOptions& options, Manifest& manifest)
      : program_(program), options_(options), manifest_(manifest), allowed_(allowed_cpus()) {}

  CheckResult delay(bool broken);
  CheckResult control(bool broken);
  CheckResult stall(bool broken);
  CheckResult integrity(bool broken);
  CheckResult same_build(bool broken);
  CheckResult one_way(bool broken);
  bool stopped() const {
    return options_.stop_signal != nullptr && options_.stop_signal->load() != 0;
  }

 private:
  Trial trial_of(const RunSpec& spec);
  Answer measured(const RunSpec& spec);
  // Both in turns, round after round, whichever first; what went wrong, or nothing.
  using Pair = std::function<void(Trial first, Trial second)>;
  std::optional<CheckResult> in_turns(const RunSpec& first, const RunSpec& second,
                                      const Pair& take);
  // Where the machine is too noisy for a verdict, more rounds may tell.
  unsigned max_rounds() const { return 3 * options_.rounds; }
  bool works(const BackendEntry& backend, RunSpec& spec, IntegrityFigures& figures);

  const Program& program_;
  const SelfcheckOptions& options_;
  Manifest& manifest_;
  std::vector<int> allowed_;
};

Trial Selfcheck::trial_of(const RunSpec& spec) {
  const auto placed = place(spec, allowed_);
  if (!placed.unsupported_reason.empty()) {
    Trial trial;
    trial.state = State::skipped;
    trial.cause = Cause::unsupported;
    trial.reason = placed.unsupported_reason;
    return trial;
  }
  TrialSetting setting;
  setting.cpus = placed.cpus;
  setting.stop_signal = options_.stop_signal;
  setting.limits.trial_ns = options_.trial_timeout_ns;
  setting.voided = options_.voided;
  return run_trial(program_, spec, manifest_, setting);
}

Answer Selfcheck::measured(const RunSpec& spec) {
  Trial trial = trial_of(spec);
  if (trial.state == State::passed) return trial;
  CheckResult result;
  const bool impossible = trial.state == State::skipped || trial.state == State::interrupted;
  result.state = impossible ? CheckState::inconclusive : CheckState::failed;
  result.finding = fmt::format("{}: {}: {}", spec.key(), to_string(trial.state), trial.reason);
  return tl::make_unexpected(std::move(result));
}

std::optional<CheckResult> Selfcheck::in_turns(const RunSpec& first, const RunSpec& second,
                                               const Pair& take) {
  for (unsigned round = 0; round < options_.rounds; ++round) {
    std::array<Trial, 2> trials;
    for (unsigned turn = 0; turn < 2; ++turn) {
      const unsigned which = (round + turn) % 2;
      auto trial = measured(which == 0 ? first : second);
      if (!trial) return trial.error();
      trials[which] = std::move(*trial);
      trials[which].round = round;
      trials[which].position = turn;
    }
    take(std::move(trials[0]), std::move(trials[1]));
  }
  return std::nullopt;
}

double median_trip(const Trial& trial, const char* name = "round_trip") {
  const auto found = trial.histograms.find(name);
  return found == trial.histograms.end() ? 0 : static_cast<double>(found->second.quantile(0.5));
}

// A ring that spins: nothing sleeps, so that what a delay adds is the delay alone, and no wake-up
// from a deeper sleep.
CheckResult Selfcheck::delay(bool broken) {
  RunSpec plain = cell("latency", "shm_ring", 40 * ms);
  plain.wait = Wait::spin;
  RunSpec delayed = plain;
  if (!broken) delayed.fault = fmt::format("delay:{}", known_delay_ns);
  DelayFigures figures;
  figures.asked_ns = static_cast<double>(known_delay_ns);
  figures.clock_ns = clock_cost_ns();
  const auto trouble = in_turns(plain, delayed, [&figures](const Trial& a, const Trial& b) {
    figures.without.push_back(median_trip(a));
    figures.with.push_back(median_trip(b));
  });
  return trouble ? *trouble : judge_delay(figures);
}

CheckResult Selfcheck::control(bool broken) {
  const RunSpec spec = cell("latency", "pipe", 60 * ms);
  const auto cpus = place(spec, allowed_).cpus;
  if (cpus.size() < 2) {
    CheckResult result;
    result.finding = "needs two CPUs";
    return result;
  }
  PlainPingPong plain;
  plain.size = spec.size;
  plain.duration_ns = spec.duration_ns;
  plain.slowed_ns = broken ? slowed_control_ns : 0;
  plain.cpus = {cpus[0], cpus[1]};
  plain.stop_signal = options_.stop_signal;
  std::vector<double> ours;
  std::vector<double> control;
  CheckResult result;
  for (unsigned round = 0; round < max_rounds(); ++round) {
    for (unsigned turn = 0; turn < 2; ++turn) {
      if ((round + turn) % 2 == 0) {
        const auto trial = measured(spec);
        if (!trial) return trial.error();
        ours.push_back(median_trip(*trial));
        continue;
      }
      const auto figure = plain_ping_pong(plain);
      if (!figure) {
        result.finding = explain(figure.error());
        return result;
      }
      control.push_back(*figure);
    }
    if ((round + 1) % options_.rounds != 0) continue;
    result = judge_control(ours, control);
    if (result.state != CheckState::inconclusive) break;
  }
  return result;
}

CheckResult Selfcheck::stall(bool broken) {
  RunSpec quiet = cell("load", "pipe", 600 * ms);
  quiet.warmup_ns = 50 * ms;
  quiet.options["rate"] = load_rate;
  RunSpec stalled = quiet;
  stalled.fault = "stall";
  RunSpec closed = cell("latency", "pipe", 0);
  closed.messages = 2'000;
  closed.fault = "stall:1000";
  StallFigures figures;
  figures.broken = broken;
  figures.rate = static_cast<double>(load_rate);
  figures.stall_ns = static_cast<double>(stall_ns);
  const std::array<std::pair<const RunSpec*, std::uint64_t*>, 3> runs{
      {{&quiet, &figures.quiet}, {&stalled, &figures.stalled}, {&closed, &figures.closed_loop}}};
  for (const auto& [spec, count] : runs) {
    const auto trial = measured(*spec);
    if (!trial) return trial.error();
    if (trial->counts.contains("saturated")) {
      CheckResult result;
      result.finding = trial->reason;
      return result;
    }
    const char* times = spec == &closed ? "round_trip" : "response";
    const auto found = trial->histograms.find(times);
    if (found != trial->histograms.end()) *count = above(found->second, stall_ns / 10);
  }
  return judge_stall(figures);
}

bool lost_some(const Trial& trial) {
  const Metric* const lost = trial.metric("lost_share");
  return trial.state == State::passed && lost != nullptr && lost->value > 0;
}

// Found by the checker, not by a crash or a time-out. What a mechanism that may lose messages is
// made to lose is no fault of it, and counted as lost.
bool is_found(const Trial& trial, std::string_view fault, bool lossy) {
  if (lossy && fault == "drop") return lost_some(trial);
  return trial.state == State::failed && !trial.integrity.clean();
}

// Whether the backend carries the cell's messages without a fault, waiting as it can.
bool Selfcheck::works(const BackendEntry& backend, RunSpec& spec, IntegrityFigures& figures) {
  // With both ends in one process a lost message is waited for for ever, which the watchdog finds.
  if (backend.create == nullptr || in_one_process(backend, spec)) return false;
  for (const Wait wait : {Wait::block, Wait::spin}) {
    spec.wait = wait;
    const Trial trial = trial_of(spec);
    if (trial.state == State::passed) return true;
    if (trial.state == State::skipped) continue;
    if (trial.state != State::interrupted) {
      figures.false_alarms.push_back(fmt::format("{}: {}", backend.name, trial.reason));
    }
    return false;
  }
  return false;
}

CheckResult Selfcheck::integrity(bool broken) {
  IntegrityFigures figures;
  for (const BackendEntry& backend : program_.registry.backends) {
    RunSpec spec = cell("throughput", backend.name, 0);
    spec.messages = integrity_messages;
    spec.verify = broken ? Verify::off : Verify::full;
    if (stopped()) break;
    if (!works(backend, spec, figures)) continue;
    figures.backends.emplace_back(backend.name);
    for (const char* fault : integrity_faults) {
      spec.fault = fmt::format("{}:{}", fault, integrity_messages / 4);
      const bool lossy = may_lose(backend, spec);
      Trial trial = trial_of(spec);
      // What a mechanism lost by itself may have been the very message that was damaged.
      for (unsigned left = lossy ? lossy_repeats : 0; left > 0; --left) {
        if (is_found(trial, fault, lossy) || !lost_some(trial)) break;
        trial = trial_of(spec);
      }
      if (trial.state == State::interrupted) break;
      ++figures.injected;
      if (!is_found(trial, fault, lossy)) {
        figures.missed.push_back(fmt::format("{} over {}", fault, backend.name));
      }
    }
  }
  return judge_integrity(figures);
}

CheckResult Selfcheck::same_build(bool broken) {
  std::array<RunSpec, 2> specs{cell("latency", "pipe", 50 * ms),
                               cell("throughput", "pipe", 50 * ms)};
  std::array<Cell, 4> cells;  // base and candidate of each
  std::vector<CellPair> pairs;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    specs[i].warmup_ns = 30 * ms;  // unsteady trials count, and widen the intervals
    cells[2 * i].spec = cells[2 * i + 1].spec = specs[i];
    CellPair& pair = pairs.emplace_back();
    pair.key = specs[i].key();
    pair.base = &cells[2 * i];
    pair.candidate = &cells[2 * i + 1];
  }
  ComparisonOptions how;
  how.rounds = true;
  how.clock_step_ns = static_cast<double>(clock_step_ns());
  how.cpus = static_cast<unsigned>(allowed_.size());
  const Catalogue catalogue = catalogue_of(program_);
  CheckResult result;
  for (unsigned done = 0; done < max_rounds(); done += options_.rounds) {
    for (std::size_t i = 0; i < specs.size(); ++i) {
      RunSpec candidate = specs[i];
      if (broken) candidate.fault = fmt::format("delay:{}", known_delay_ns);
      const auto trouble = in_turns(specs[i], candidate, [&](Trial a, Trial b) {
        a.round += done;
        b.round += done;
        cells[2 * i].trials.push_back(std::move(a));
        cells[2 * i + 1].trials.push_back(std::move(b));
      });
      if (trouble) return *trouble;
    }
    result = judge_same_build(compare_cells(pairs, catalogue, how));
    if (result.state != CheckState::inconclusive) break;
  }
  return result;
}

CheckResult Selfcheck::one_way(bool broken) {
  RunSpec spec = cell("latency", "pipe", 80 * ms);
  spec.options["one_way"] = 1;
  if (broken) spec.fault = shifted_clock;
  OneWayFigures figures;
  for (unsigned round = 0; round < std::max(6U, options_.rounds / 2); ++round) {
    const auto trial = measured(spec);
    if (!trial) return trial.error();
    figures.there.push_back(median_trip(*trial, "one_way_there"));
    figures.back.push_back(median_trip(*trial, "one_way_back"));
    figures.round_trip.push_back(median_trip(*trial, "stamped_round_trip"));
    figures.negative += trial->counts.at("negative_samples");
  }
  return judge_one_way(figures);
}

using Method = CheckResult (Selfcheck::*)(bool);
constexpr std::array<Method, 6> methods{&Selfcheck::delay,      &Selfcheck::control,
                                        &Selfcheck::stall,      &Selfcheck::integrity,
                                        &Selfcheck::same_build, &Selfcheck::one_way};

std::string unknown_check(const std::string& name) {
  std::vector<std::string> known;
  for (const SelfcheckRow& row : selfchecks()) known.emplace_back(row.name);
  if (std::find(known.begin(), known.end(), name) != known.end()) return {};
  const std::string meant = nearest(name, known);
  return meant.empty()
             ? fmt::format("unknown check '{}'; known are {}", name, fmt::join(known, ", "))
             : fmt::format("unknown check '{}'; did you mean '{}'?", name, meant);
}

bool contains(const std::vector<std::string>& names, const char* name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

const std::vector<SelfcheckRow>& selfchecks() {
  static const std::vector<SelfcheckRow> rows{
      {"delay", "A delay of known length before each message is measured as that length.",
       "nothing is delayed"},
      {"control", "A handwritten ping-pong without this program's code gives the same figure.",
       "the control is slowed"},
      {"stall", "Under load, a stall is seen by every message it delays, not by one.",
       "it is counted in a closed loop"},
      {"integrity", "Every fault put into a message stream is caught, and none is found without.",
       "the checker is off"},
      {"same-build", "The same build against itself is not flagged as worse or better.",
       "one side is slowed"},
      {"one-way", "The way there and the way back make the round trip, by one clock.",
       "the clock of one process is shifted"}};
  return rows;
}

tl::expected<Certificate, std::string> run_selfcheck(const Program& program,
                                                     const SelfcheckOptions& options,
                                                     Manifest& manifest,
                                                     SelfcheckObserver& observer) {
  for (const auto* names : {&options.only, &options.broken}) {
    for (const std::string& name : *names) {
      if (auto problem = unknown_check(name); !problem.empty()) {
        return tl::make_unexpected(std::move(problem));
      }
    }
  }
  Certificate certificate;
  certificate.run.id = manifest.run_id();
  certificate.run.version = build_facts().version;
  certificate.run.started = utc_now();
  certificate.environment = probe_environment();
  Selfcheck checks(program, options, manifest);
  for (std::size_t i = 0; i < methods.size() && !checks.stopped(); ++i) {
    const SelfcheckRow& row = selfchecks()[i];
    if (!options.only.empty() && !contains(options.only, row.name)) continue;
    observer.check_begins(row);
    const bool broken = contains(options.broken, row.name);
    const std::uint64_t begin = now_ns();
    CheckResult result = (checks.*methods[i])(broken);
    if (checks.stopped()) break;  // half a check is none
    result.name = row.name;
    result.claim = row.claim;
    result.broken = broken;
    result.took_s = static_cast<double>(now_ns() - begin) / 1e9;
    certificate.checks.push_back(std::move(result));
  }
  certificate.run.interrupted = checks.stopped();
  certificate.run.finished = utc_now();
  return certificate;
}

}  // namespace ipcmark
