#include "tools/stress/stress.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <random>
#include <utility>

#include "backends/deadline.hpp"
#include "results/text/nearest.hpp"
#include "scenarios/foreign/foreign_trial.hpp"
#include "scenarios/launch/launch.hpp"
#include "scenarios/machine/facts.hpp"
#include "scenarios/machine/placement.hpp"
#include "scenarios/plan/named_options.hpp"
#include "scenarios/plan/plan.hpp"
#include "scenarios/plan/selection.hpp"
#include "scenarios/traffic/reports.hpp"
#include "tools/stress/leftovers.hpp"

namespace ipcmark {
namespace {

using Random = std::mt19937_64;

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t trial_ns = 1'200'000 * ms;  // of a trial that goes on moving, in vain
constexpr std::uint64_t grace_ns = 60'000 * ms;     // diagnosis, SIGABRT, SIGKILL, reaping
constexpr std::uint64_t max_delay_ns = 80 * ms;
constexpr std::uint64_t max_pause_ns = 300 * ms;  // well below the watchdog's limits
constexpr std::size_t max_reasons = 20;

// What the launcher's hook works with: one signal to one worker, or one process of a runner, at one
// moment.
struct FaultInjector {
  Disturbance kind = Disturbance::none;
  bool of_runner = false;
  std::uint64_t delay_ns = 0;
  std::uint64_t pause_ns = 0;
  std::uint64_t draw = 0;  // which worker
  std::uint64_t first_call = 0, stopped_at = 0;
  int pid = 0;  // not 0: delivered
  std::string victim;

  void tick(const std::vector<int>& pids) {
    const auto now = now_ns();
    if (first_call == 0) first_call = now;
    if (pid != 0) {
      if (stopped_at != 0 && now - stopped_at >= pause_ns && still_there(pids)) {
        ::kill(pid, SIGCONT);
        stopped_at = 0;
      }
      return;
    }
    if (kind == Disturbance::none || pids.empty() || now - first_call < delay_ns) return;
    const auto index = draw % pids.size();
    // The place of a runner's process in the list differs from trial to trial.
    const std::string name =
        of_runner ? fmt::format("{} ({})", read_fact(fmt::format("/proc/{}/comm", pids[index])),
                                pids[index])
                  : fmt::format("worker {}", index);
    if (::kill(pids[index], kind == Disturbance::kill ? SIGKILL : SIGSTOP) != 0) return;
    pid = pids[index];
    if (kind == Disturbance::stop) stopped_at = now;
    victim = fmt::format("{} {} after {} ms", name,
                         kind == Disturbance::kill ? "killed" : "stopped", delay_ns / ms);
  }
  // A pid that is no longer listed may be somebody else's by now.
  bool still_there(const std::vector<int>& pids) const {
    return std::find(pids.begin(), pids.end(), pid) != pids.end();
  }
};

void tick(const std::vector<int>& pids, void* user) {
  static_cast<FaultInjector*>(user)->tick(pids);
}

std::uint64_t pick(Random& random, std::uint64_t from, std::uint64_t to) {
  return std::uniform_int_distribution<std::uint64_t>{from, to}(random);
}

FaultInjector draw_injector(Random& random, Disturbance kind) {
  FaultInjector injector;
  injector.kind = kind;
  // As many moments between 0.1 and 1 ms as between 10 and 100: the stages differ as widely.
  const double exponent = std::uniform_real_distribution<double>{0, 1}(random);
  injector.delay_ns =
      static_cast<std::uint64_t>(1e5 * std::pow(static_cast<double>(max_delay_ns) / 1e5, exponent));
  injector.pause_ns = pick(random, ms, max_pause_ns);
  injector.draw = random();
  return injector;
}

bool chosen(const std::vector<std::string>& names, std::string_view name) {
  return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

template <class Rows>
std::string unknown(const std::vector<std::string>& asked, const Rows& rows, const char* what) {
  std::vector<std::string> known;
  known.reserve(rows.size());
  for (const auto& row : rows) known.emplace_back(row.name);
  for (const auto& name : asked) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto meant = nearest(name, known);
    return fmt::format("unknown {} '{}'{}", what, name,
                       meant.empty() ? std::string{} : fmt::format(" (did you mean {}?)", meant));
  }
  return {};
}

std::vector<RunSpec> stress_cells(const Program& program, const StressOptions& options) {
  std::vector<RunSpec> cells;
  const bool locks_too = options.backends.empty() || !options.locks.empty();
  const bool backends_too = options.locks.empty() || !options.backends.empty();
  for (const auto& scenario : program.scenarios) {
    if (!chosen(options.scenarios, scenario.name)) continue;
    RunSpec cell;
    cell.scenario = scenario.name;
    cell.verify = Verify::full;
    cell.duration_ns = 30 * ms;
    cell.warmup_ns = ms;
    resolve_options(program, cell);
    // Long enough to be hit by a signal, short enough for many trials.
    for (const auto& row : scenario.options) {
      const std::string_view name{row.name};
      if (name == "increments") cell.options["increments"] = 500;
      if (name == "stale_ns") cell.options["stale_ns"] = trial_ns;  // slow is not wrong
    }
    if (scenario.uses_backend && backends_too)
      for (const auto& backend : program.registry.backends)
        if (chosen(options.backends, backend.name)) {
          cells.push_back(cell);
          cells.back().backend = backend.name;
        }
    if (scenario.uses_lock && locks_too)
      for (const auto& lock : program.registry.locks)
        // The control has to lose updates: it would fail by design.
        if (lock.exclusive && chosen(options.locks, lock.name)) {
          cells.push_back(cell);
          cells.back().lock = lock.name;
        }
    if (scenario.uses_notifier && options.backends.empty() && options.locks.empty())
      for (const auto& notifier : program.registry.notifiers) {
        cells.push_back(cell);
        cells.back().notifier = notifier.name;
      }
  }
  return cells;
}

class Stress {
 public:
  Stress(const Program& program, const StressOptions& options, Manifest& manifest,
         StressObserver& observer)
      : program_(program),
        options_(options),
        manifest_(manifest),
        observer_(observer),
        random_(options.seed),
        allowed_(allowed_cpus()) {}

  tl::expected<StressReport, std::string> run();

 private:
  std::optional<std::string> refusal() const;
  bool stopped() const {
    return options_.stop_signal != nullptr && options_.stop_signal->load() != 0;
  }
  void vary(RunSpec& spec);
  void draw_named(RunSpec& spec);
  StressTrial one(RunSpec spec, Disturbance disturbance);
  StressVerdict& verdict_of(const RunSpec& spec);

  const Program& program_;
  const StressOptions& options_;
  Manifest& manifest_;
  StressObserver& observer_;
  Random random_;
  std::vector<int> allowed_;
  StressReport report_;
};

std::optional<std::string> Stress::refusal() const {
  const auto& registry = program_.registry;
  for (auto& sentence : {unknown(options_.backends, registry.backends, "backend"),
                         unknown(options_.scenarios, program_.scenarios, "scenario"),
                         unknown(options_.locks, registry.locks, "lock")})
    if (!sentence.empty()) return sentence;
  Request request;
  request.named = options_.named;
  if (auto wrong = wrong_named(program_, request); !wrong.empty()) return wrong;
  return std::nullopt;
}

// One of the combinations of what was named.
void Stress::draw_named(RunSpec& spec) {
  const ScenarioEntry* scenario = program_.scenario(spec.scenario);
  if (scenario == nullptr || options_.named.empty()) return;
  const auto all = with_named(*scenario, options_.named, spec, {});
  spec = all[pick(random_, 0, all.size() - 1)];
}

// Everything that needs no fresh cell: size, wait, CPUs, payload.
void Stress::vary(RunSpec& spec) {
  constexpr std::uint64_t sizes[] = {64, 64, 1000, 4096, 65536, 300'000};
  spec.size = sizes[pick(random_, 0, std::size(sizes) - 1)];
  constexpr Wait waits[] = {Wait::block, Wait::spin, Wait::hybrid, Wait::poll};
  spec.wait = waits[pick(random_, 0, 3)];
  constexpr Placement placements[] = {Placement::cross_cpu, Placement::same_cpu,
                                      Placement::unpinned};
  spec.placement = placements[pick(random_, 0, 2)];
  // Two spinning workers on one CPU take a time slice a message.
  if (!sleeps_at_once(spec.wait) && spec.placement == Placement::same_cpu)
    spec.placement = Placement::unpinned;
  if (spec.placement == Placement::cross_cpu && allowed_.size() < 2)
    spec.placement = Placement::unpinned;
  spec.seed = random_();
  // A wait the backend has not would only be skipped.
  const auto* backend = program_.registry.backend(spec.backend);
  if (backend == nullptr || backend->capabilities == nullptr) return;
  ChannelSpec channel;
  channel.largest_message = spec.size;
  const auto can = backend->capabilities(channel);
  if ((spec.wait == Wait::spin && !can.spin) || (spec.wait == Wait::hybrid && !can.hybrid) ||
      (spec.wait == Wait::poll && !can.pollable))
    spec.wait = Wait::block;
}

StressTrial Stress::one(RunSpec spec, Disturbance disturbance) {
  StressTrial result;
  result.disturbance = disturbance;
  auto injector = draw_injector(random_, disturbance);
  TrialSetting setting;
  injector.of_runner = foreign_mechanism(program_, spec) != nullptr;
  setting.limits = stress_limits();
  setting.cpus = place(spec, allowed_).cpus;
  setting.stop_signal = options_.stop_signal;
  setting.while_running = tick;
  setting.user = &injector;
  result.limit_ns = trial_ns + grace_ns;

  const auto before = survey_objects(manifest_);
  const auto begin = now_ns();
  TrialNames names(manifest_);
  result.trial = measure_trial(program_, spec, names, setting);
  result.took_ns = now_ns() - begin;
  const auto after = survey_objects(manifest_);
  auto left = std::set<std::string>{};
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                      std::inserter(left, left.end()));
  left.merge(names.still_there());
  result.leftovers.assign(left.begin(), left.end());
  result.spec = std::move(spec);
  result.delivered = injector.pid != 0;
  result.victim = std::move(injector.victim);
  return result;
}

StressVerdict& Stress::verdict_of(const RunSpec& spec) {
  const auto name = !spec.backend.empty() ? spec.backend
                    : !spec.lock.empty()  ? "lock " + spec.lock
                                          : "notifier " + spec.notifier;
  const auto found = std::find_if(report_.verdicts.begin(), report_.verdicts.end(),
                                  [&](const StressVerdict& row) { return row.backend == name; });
  if (found != report_.verdicts.end()) return *found;
  report_.verdicts.push_back({});
  report_.verdicts.back().backend = name;
  return report_.verdicts.back();
}

tl::expected<StressReport, std::string> Stress::run() {
  if (auto sentence = refusal()) return tl::make_unexpected(std::move(*sentence));
  const auto chosen = without(stress_cells(program_, options_), options_.exclude);
  if (!chosen) return tl::make_unexpected(chosen.error());
  const auto& cells = *chosen;
  if (cells.empty()) return tl::make_unexpected(std::string{"nothing to run"});
  if (auto lost = unreached(program_, options_.named, cells); !lost.empty())
    return tl::make_unexpected(std::move(lost));
  for (const auto& cell : cells) verdict_of(cell);  // the table's order, even when cut short

  std::vector<std::size_t> order(cells.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto begin = now_ns();
  for (unsigned round = 0;; ++round) {
    std::shuffle(order.begin(), order.end(), random_);
    for (const auto index : order) {
      report_.interrupted = stopped();
      if (report_.interrupted || now_ns() - begin >= options_.for_ns) return std::move(report_);
      auto spec = cells[index];
      vary(spec);
      draw_named(spec);
      // Every cell meets all three in three rounds, and every round has all three.
      const auto trial = one(std::move(spec), static_cast<Disturbance>((index + round) % 3));
      if (trial.trial.state == State::interrupted && stopped()) continue;
      judge(trial, verdict_of(trial.spec));
      observer_.trial_ended(trial, now_ns() - begin);
    }
    report_.rounds = round + 1;
  }
}

void note_reason(const StressTrial& trial, const std::string& reason, StressVerdict& verdict) {
  const auto text = fmt::format("{}{}{}: {}", trial.spec.key(), trial.victim.empty() ? "" : ", ",
                                trial.victim, reason);
  if (verdict.reasons.size() < max_reasons || verdict.reasons.contains(text))
    ++verdict.reasons[text];
}

std::string state_and_reason(const Trial& trial) {
  return fmt::format("{}{}{}", to_string(trial.state), trial.reason.empty() ? "" : ": ",
                     trial.reason);
}

// What no death of a peer explains. That messages are missing, it does.
Integrity never_explained(Integrity seen) {
  seen.lost = 0;
  return seen;
}

void judge_kill(const StressTrial& trial, StressVerdict& verdict) {
  const Integrity wrong = never_explained(trial.trial.integrity);
  if (!wrong.clean()) {
    ++verdict.damaged;
    note_reason(trial, "a survivor: " + describe(wrong), verdict);
    return;
  }
  ++verdict.killed;
  const State state = trial.trial.state;
  if (state == State::timeout || state == State::deadlock) ++verdict.killed_by_watchdog;
}

}  // namespace

TrialLimits stress_limits() {
  TrialLimits limits;
  limits.trial_ns = trial_ns;
  return limits;
}

const char* to_string(Disturbance value) {
  switch (value) {
    case Disturbance::none:
      return "none";
    case Disturbance::kill:
      return "kill";
    case Disturbance::stop:
      return "stop";
  }
  return "unknown";
}

bool StressReport::good() const {
  return std::all_of(verdicts.begin(), verdicts.end(),
                     [](const StressVerdict& verdict) { return verdict.good(); });
}

void judge(const StressTrial& trial, StressVerdict& verdict) {
  ++verdict.trials;
  if (!trial.leftovers.empty()) {
    verdict.leftovers += static_cast<unsigned>(trial.leftovers.size());
    note_reason(trial, "left behind: " + trial.leftovers.front(), verdict);
  }
  if (trial.took_ns > trial.limit_ns) {
    ++verdict.hung;
    note_reason(trial, fmt::format("took {} ms", trial.took_ns / ms), verdict);
  }
  const auto state = trial.trial.state;
  if (state == State::skipped) {
    ++verdict.skipped;
  } else if (!trial.delivered) {
    ++(state == State::passed ? verdict.passed : verdict.failed);
    if (state != State::passed) note_reason(trial, state_and_reason(trial.trial), verdict);
  } else if (trial.disturbance == Disturbance::kill) {
    judge_kill(trial, verdict);
  } else {
    ++(state == State::passed ? verdict.stopped : verdict.stopped_failed);
    if (state != State::passed) note_reason(trial, state_and_reason(trial.trial), verdict);
  }
}

tl::expected<StressReport, std::string> run_stress(const Program& program,
                                                   const StressOptions& options, Manifest& manifest,
                                                   StressObserver& observer) {
  return Stress{program, options, manifest, observer}.run();
}

}  // namespace ipcmark
