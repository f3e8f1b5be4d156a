#include "scenarios/launch/launch.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

#include "backends/wait_set.hpp"
#include "results/json/trial_protocol.hpp"
#include "scenarios/figures.hpp"
#include "scenarios/launch/admission.hpp"
#include "scenarios/launch/figure_check.hpp"
#include "scenarios/launch/watchdog.hpp"
#include "scenarios/launch/worker_group.hpp"
#include "scenarios/machine/memory_policy.hpp"
#include "scenarios/traffic/faults.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {
namespace {

// The coordinator's own sleep: each wake-up takes a CPU from a measured worker for some 30 µs.
constexpr std::uint64_t tick_ns = 200'000'000;
constexpr std::uint64_t hook_tick_ns = 1'000'000;
constexpr std::uint64_t pace_tick_ns = 10'000'000;
constexpr std::uint64_t foreseen_no_progress_ns = 300'000'000;
constexpr std::uint64_t survivors_grace_ns = 300'000'000;
constexpr std::uint64_t abort_grace_ns = 200'000'000;

TrialEnd verdict_of(const Error& error, const std::string& advice) {
  const bool skipped = is_machines(error.code);
  std::string reason = explain(error);
  if (!advice.empty()) reason += "; " + advice;
  return {skipped ? State::skipped : State::failed, skipped ? Cause::unsupported : Cause::operation,
          std::move(reason)};
}

// Where nothing moves, what the objects themselves tell says more than who waits for whom.
void name_obstruction(const TrialObjects& objects, TrialEnd& verdict) {
  if (verdict.cause != Cause::stall && verdict.cause != Cause::deadlock) return;
  const std::string why = objects.obstruction();
  if (why.empty()) return;
  verdict.state = State::timeout;  // whoever could end the wait is dead
  verdict.cause = Cause::stall;
  verdict.reason = why + ": " + verdict.reason;
}

// One trial from admission to reaping. Whatever ends it early is its verdict.
class TrialRun {
 public:
  TrialRun(const Program& program, const RunSpec& spec, const Admission& admission, Names& names,
           const TrialSetting& setting)
      : program_(program), spec_(spec), admission_(admission), names_(names), setting_(setting) {}

  Trial guarded();
  // Whether a worker was stopped for a while: the times are none, whatever they are.
  bool paused() const { return paused_; }

 private:
  Trial run();
  std::optional<TrialEnd> start(WorkerGroup& group, Watchdog& watchdog, TrialObjects& objects);
  // What the coordinator does each time that it wakes, having slept for up to `wait_ns`.
  std::optional<TrialEnd> attend(WorkerGroup& group, Watchdog& watchdog, std::uint64_t wait_ns);
  // Until `done`, or a verdict.
  std::optional<TrialEnd> watch(WorkerGroup& group, Watchdog& watchdog,
                                bool (WorkerGroup::*done)() const);
  std::optional<TrialEnd> look(const WorkerGroup& group) const;
  TrialEnd finish(WorkerGroup& group, const Watchdog& watchdog, StartPage& page,
                  TrialEnd verdict) const;
  void gather(const WorkerGroup& group, const std::optional<TrialEnd>& verdict, Trial& trial) const;
  void gather_traces(const WorkerGroup& group, const Watchdog& watchdog, Trial& trial) const;
  void gather_samples(const WorkerGroup& group, Trial& trial);
  // How far each worker has come since the last time.
  void note_pace(const WorkerGroup& group);
  void call_hook(const WorkerGroup& group);
  // Where a deadlock is expected, it is looked for sooner.
  TrialLimits limits() const {
    TrialLimits limits = setting_.limits;
    if (admission_.layout.foresees_deadlock) {
      limits.no_progress_ns = std::min(limits.no_progress_ns, foreseen_no_progress_ns);
    }
    return limits;
  }
  bool stopped() const {
    return setting_.stop_signal != nullptr && setting_.stop_signal->load() != 0;
  }
  TrialEnd ended() const {
    return {State::interrupted, Cause::stopped,
            "ended by " + signal_name(setting_.stop_signal->load())};
  }

  const Program& program_;
  const RunSpec& spec_;
  const Admission& admission_;
  Names& names_;
  const TrialSetting& setting_;
  struct Pace {
    std::uint64_t done = 0;
    std::vector<TimedEvent> steps;
  };
  std::vector<Pace> paces_;  // of each worker
  std::uint64_t pace_at_ns_ = 0;
  bool paused_ = false;
};

// What memory there is may be a limit of the user's.
Trial TrialRun::guarded() {
  try {
    return run();
  } catch (const std::bad_alloc&) {
    const TrialEnd verdict =
        verdict_of({Errc::refused, ENOMEM, "memory of the coordinator"}, std::string());
    Trial trial;
    trial.state = verdict.state;
    trial.cause = verdict.cause;
    trial.reason = verdict.reason;
    return trial;
  }
}

Trial TrialRun::run() {
  Trial trial;
  const std::uint64_t began = now_ns();
  auto created = under_memory_policy(
      spec_.numa, [this] { return TrialObjects::create(program_, admission_, names_); });
  if (!created) {
    // A call that the signal broke off is no failure of what it was to create.
    const TrialEnd verdict =
        stopped() ? ended() : verdict_of(created.error(), probe_all(program_, admission_));
    trial.state = verdict.state;
    trial.cause = verdict.cause;
    trial.reason = verdict.reason;
    return trial;
  }
  const std::uint64_t created_ns = now_ns();
  TrialObjects& objects = *created;
  trial.granted = objects.granted();
  WatchedTime time(setting_.machine_probe);
  WorkerGroup group(objects, admission_.layout, setting_, time);
  Watchdog watchdog(spec_, admission_.layout, limits(), group, time);
  auto verdict = start(group, watchdog, objects);
  if (verdict && stopped()) verdict = ended();
  if (!verdict) verdict = watch(group, watchdog, &WorkerGroup::all_ended);
  paused_ = group.paused();
  if (verdict) {
    name_obstruction(objects, *verdict);
    verdict = finish(group, watchdog, objects.page(), std::move(*verdict));
  }
  gather(group, verdict, trial);
  if (setting_.trace) gather_traces(group, watchdog, trial);
  if (setting_.samples) gather_samples(group, trial);
  if (group.released() > 0) {
    const auto add = [&trial](const char* name, std::uint64_t begin, std::uint64_t end) {
      trial.metrics.push_back({name, static_cast<double>(end - begin), Unit::nanoseconds, 1});
    };
    add(create_figure, began, created_ns);
    add(spawn_figure, created_ns, group.up_at_ns());
    add(open_figure, group.up_at_ns(), group.released_at_ns());
  }
  return trial;
}

std::optional<TrialEnd> TrialRun::start(WorkerGroup& group, Watchdog& watchdog,
                                        TrialObjects& objects) {
  Assignment common;
  common.spec = spec_;
  common.roles = admission_.layout.roles;
  common.locks = admission_.layout.locks;
  common.notifiers = admission_.layout.notifiers;
  common.channel_ids = objects.channel_ids();
  common.buffer_bytes = objects.buffer_bytes();
  common.shared_bytes = admission_.layout.shared_bytes;
  common.trace = setting_.trace;
  common.trace_every = setting_.trace_every;
  common.samples = setting_.samples;
  if (Status spawned = group.spawn(); !spawned) return verdict_of(spawned.error(), "");
  if (auto verdict = watch(group, watchdog, &WorkerGroup::all_up)) return verdict;
  std::optional<TrialEnd> verdict;
  const Status given = group.hand_over(common, [&] {
    verdict = attend(group, watchdog, 0);
    return verdict.has_value();
  });
  if (!given && !verdict) verdict = verdict_of(given.error(), "");
  return verdict;
}

// Who reads the result could not tell what such a figure means, nor which way is better.
void refuse_undeclared(const Catalogue& catalogue, const std::string& scenario, Trial& trial) {
  const std::string name = undeclared_figure(catalogue, scenario, trial);
  if (name.empty()) return;
  trial.metrics.clear();
  trial.histograms.clear();
  trial.counts.clear();
  trial.state = State::failed;
  trial.cause = Cause::check;
  trial.reason = "a mistake of the scenario: declare '" + name +
                 "' in its entry's figures, as what it is and with its unit";
}

// A fault that never happened has neither been caught nor survived.
void judge_fault(const std::string& fault, bool happened, Trial& trial) {
  if (fault.empty() || happened || trial.state != State::passed) return;
  trial.state = State::skipped;
  trial.cause = Cause::no_fault;
  trial.reason = never_happened(fault);
}

void TrialRun::call_hook(const WorkerGroup& group) {
  std::vector<int> pids;
  for (const GroupMember& member : group.members()) {
    if (!member.process.end()) pids.push_back(member.process.pid());
  }
  if (!pids.empty()) setting_.while_running(pids, setting_.user);
}

std::optional<TrialEnd> TrialRun::attend(WorkerGroup& group, Watchdog& watchdog,
                                         std::uint64_t wait_ns) {
  group.pump(wait_ns);
  if (setting_.samples) note_pace(group);
  if (stopped()) return ended();
  if (auto verdict = look(group)) return verdict;
  if (auto verdict = watchdog.check()) return verdict;
  if (setting_.voided) paused_ = group.paused();
  if (setting_.while_running != nullptr) call_hook(group);
  return std::nullopt;
}

std::optional<TrialEnd> TrialRun::watch(WorkerGroup& group, Watchdog& watchdog,
                                        bool (WorkerGroup::*done)() const) {
  const std::uint64_t wait_ns = setting_.while_running != nullptr ? hook_tick_ns
                                : setting_.samples                ? pace_tick_ns
                                                                  : tick_ns;
  while (!(group.*done)()) {
    if (auto verdict = attend(group, watchdog, wait_ns)) return verdict;
  }
  return std::nullopt;
}

// A consequence of somebody else's end, not a cause.
bool is_consequence(const SentReport& sent) {
  return sent.code == Errc::peer_died || sent.code == Errc::closed ||
         sent.code == Errc::interrupted;
}

// What the workers' ends and reports say; the most telling first: a crash, a failure of its own,
// then what only followed from another's.
std::optional<TrialEnd> TrialRun::look(const WorkerGroup& group) const {
  for (unsigned i = 0; i < group.members().size(); ++i) {
    const GroupMember& member = group.members()[i];
    const auto& end = member.process.end();
    if (!end || member.ended_by_us || member.died() || (end->clean() && member.sent)) continue;
    const WorkerSample line = group.line(i);
    std::string how = end->clean() ? "ended without a report" : describe(*end);
    const bool killed = end->by_signal && end->code == SIGKILL;
    return TrialEnd{State::failed, killed ? Cause::killed : Cause::crash,
                    member.name + " " + std::move(how) + " in stage " + to_string(line.stage) +
                        " after " + grouped(line.done) + " messages"};
  }
  const GroupMember* worst = nullptr;
  for (const GroupMember& member : group.members()) {
    if (!member.sent || member.sent->report.ok) continue;
    if (worst == nullptr || (is_consequence(*worst->sent) && !is_consequence(*member.sent))) {
      worst = &member;
    }
  }
  if (worst == nullptr) return std::nullopt;
  const auto code = worst->sent->code;
  // What is refused is no fault of what was asked for, whenever that comes out. A limit may be the
  // mechanism's own once it is at work.
  const bool skipped =
      code && (*code == Errc::refused || (group.released() == 0 && is_machines(*code)));
  // What did not arrive intact is a finding about the message, not a call that failed.
  const bool found = !code || *code == Errc::corrupt;
  const Cause failure = found ? Cause::check : Cause::operation;
  return TrialEnd{skipped ? State::skipped : State::failed, skipped ? Cause::unsupported : failure,
                  worst->name + ": " + worst->sent->report.reason};
}

TrialEnd TrialRun::finish(WorkerGroup& group, const Watchdog& watchdog, StartPage& page,
                          TrialEnd verdict) const {
  if (verdict.state == State::failed || verdict.state == State::skipped) {
    raise_peer_died(page);
    group.await_end(watchdog.grown(survivors_grace_ns));
    // A survivor may have been quicker to report than the culprit.
    if (auto better = look(group)) verdict = std::move(*better);
  } else if (verdict.state != State::interrupted) {
    group.kill_all(SIGABRT);  // a debugger, or a sanitizer, gets its chance
    group.await_end(abort_grace_ns);
  }
  while (!group.all_ended()) {
    group.kill_all(SIGKILL);
    group.await_end(1'000'000'000);
  }
  return verdict;
}

void start_from_the_first(std::vector<ProcessCost>& costs) {
  std::uint64_t first = ~std::uint64_t{0};
  for (const ProcessCost& cost : costs) first = std::min(first, cost.start_ns);
  for (ProcessCost& cost : costs) cost.start_ns -= first;
}

// The notes of who sends no report are lost with its memory; what the coordinator saw is not.
ProcessTrace trace_from_outside(const GroupMember& member, const std::string& doing) {
  const auto& end = member.process.end();
  std::string how = "ended without a report";
  if (member.ended_by_us) {
    how = "ended with the trial";
  } else if (end && !end->clean()) {
    how = describe(*end);
  }
  ProcessTrace trace;
  trace.outcome = how + ", its operations lost; " + doing;
  trace.events.push_back(
      {"process", member.started_ns, member.ended_ns - member.started_ns, trace.outcome});
  return trace;
}

void TrialRun::gather_traces(const WorkerGroup& group, const Watchdog& watchdog,
                             Trial& trial) const {
  for (unsigned i = 0; i < group.members().size(); ++i) {
    const GroupMember& member = group.members()[i];
    ProcessTrace trace;
    if (member.sent) {
      trace = member.sent->trace;
      trace.outcome = member.sent->report.ok ? "ok" : member.sent->report.reason;
    } else {
      trace = trace_from_outside(member, watchdog.doing(i));
    }
    trace.process = member.name;
    trace.pid = member.process.pid();
    trial.trace.push_back(std::move(trace));
  }
}

void TrialRun::note_pace(const WorkerGroup& group) {
  const std::uint64_t now = now_ns();
  if (now - pace_at_ns_ < pace_tick_ns) return;  // woken by a message
  pace_at_ns_ = now;
  paces_.resize(group.members().size());
  for (unsigned i = 0; i < paces_.size(); ++i) {
    const std::uint64_t done = group.line(i).done;
    Pace& pace = paces_[i];
    if (done > pace.done) pace.steps.push_back({now, done - pace.done});
    pace.done = done;
  }
}

void TrialRun::gather_samples(const WorkerGroup& group, Trial& trial) {
  paces_.resize(group.members().size());
  for (unsigned i = 0; i < group.members().size(); ++i) {
    const GroupMember& member = group.members()[i];
    ProcessSamples samples;
    samples.process = member.name;
    if (member.sent) {
      samples.trips = member.sent->trips;
      samples.dropped = member.sent->dropped_trips;
    }
    samples.messages = std::move(paces_[i].steps);
    trial.samples.push_back(std::move(samples));
  }
}

void TrialRun::gather(const WorkerGroup& group, const std::optional<TrialEnd>& verdict,
                      Trial& trial) const {
  std::vector<WorkerReport> reports;
  for (const GroupMember& member : group.members()) {
    if (!member.sent) {
      // Allowed to die, or the trial failed: without a report either way.
      reports.push_back({});
      reports.back().role = admission_.layout.roles[reports.size() - 1];
      continue;
    }
    reports.push_back(member.sent->report);
    trial.costs.push_back(member.sent->report.cost);
    for (const auto& [name, value] : member.sent->report.granted) {
      std::int64_t& min = trial.granted.values.try_emplace(name, value).first->second;
      min = std::min(min, value);
    }
    if (member.sent->report.polled) trial.granted.values[poll_interval_name] = poll_interval_ns;
    trial.steady = trial.steady && member.sent->report.steady;
  }
  start_from_the_first(trial.costs);
  if (!verdict) {
    admission_.scenario->reduce(spec_, reports, trial);
    refuse_undeclared(catalogue_of(program_), spec_.scenario, trial);
    judge_fault(spec_.fault, group.fault_happened(), trial);
    return;
  }
  trial.state = verdict->state;
  trial.cause = verdict->cause;
  trial.reason = verdict->reason;
  if (verdict->state == State::deadlock) {
    trial.metrics.push_back(
        {diagnosed_figure, static_cast<double>(verdict->diagnosed_ns), Unit::nanoseconds, 1});
  }
  if (verdict->state == State::deadlock && admission_.layout.foresees_deadlock) {
    trial.state = State::passed;
    trial.cause = Cause::none;
    trial.reason = "deadlock, as it must be: " + verdict->reason;
    trial.counts[deadlock_figure] = 1;
  }
  for (const WorkerReport& report : reports) add(trial.integrity, report.integrity);
  if (trial.cause == Cause::check && !trial.integrity.clean()) {
    trial.reason += "; " + describe(trial.integrity);
  }
  judge_fault(spec_.fault, group.fault_happened(), trial);
}

// A pause makes a trial slow, or seem to hang. What is damaged, killed or refused is so without it.
bool may_be_of_a_pause(const Trial& trial) {
  return trial.state == State::passed || trial.state == State::timeout ||
         trial.state == State::deadlock;
}

Trial left_void(const std::string& why) {
  Trial trial;
  trial.state = State::interrupted;
  trial.cause = Cause::void_round;
  trial.reason = "void: " + why + ", in each of " + std::to_string(max_attempts) + " attempts";
  return trial;
}

}  // namespace

Trial without_pauses(const TrialSetting& setting,
                     const std::function<Trial(bool& paused)>& attempt) {
  std::vector<std::string> voids;
  for (;;) {
    bool paused = false;
    Trial trial = attempt(paused);
    if (setting.voided && paused && may_be_of_a_pause(trial)) {
      voids.emplace_back("its processes were stopped for a while");
      setting.voided(voids.back());
      if (voids.size() < max_attempts) continue;
      trial = left_void(voids.back());
    }
    trial.voids = std::move(voids);
    return trial;
  }
}

Trial run_trial(const Program& program, const RunSpec& asked, Names& names,
                const TrialSetting& setting) {
  RunSpec spec = asked;
  resolve_options(program, spec);  // one made by hand, or read, need not have every option
  if (const std::string unknown = unknown_option(program, spec); !unknown.empty()) {
    Trial trial;
    trial.state = State::skipped;
    trial.cause = Cause::unsupported;
    trial.reason = unknown_option_reason(spec.scenario, unknown);
    return trial;
  }
  auto admission = admit(program, spec);
  if (!admission) {
    Trial trial;
    trial.state = admission.error().state;
    trial.cause = trial.state == State::skipped ? Cause::unsupported : Cause::operation;
    trial.reason = admission.error().reason;
    return trial;
  }
  const KeptChildEnds kept;
  return without_pauses(setting, [&](bool& paused) {
    TrialRun run(program, spec, *admission, names, setting);
    Trial trial = run.guarded();
    paused = run.paused();
    return trial;
  });
}

}  // namespace ipcmark
