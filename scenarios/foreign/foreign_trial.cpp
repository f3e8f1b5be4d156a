#include "scenarios/foreign/foreign_trial.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "backends/deadline.hpp"
#include "backends/foreign_mechanism.hpp"
#include "results/json/trial_protocol.hpp"
#include "results/text/printable.hpp"
#include "scenarios/figures.hpp"
#include "scenarios/foreign/answer_check.hpp"
#include "scenarios/foreign/own_program.hpp"
#include "scenarios/foreign/runner_watch.hpp"
#include "scenarios/launch/process_settings.hpp"
#include "scenarios/launch/trial_timeout.hpp"
#include "scenarios/traffic/channel_fit.hpp"

namespace ipcmark {
namespace {

// More than any trial of the shipped runners needs.
constexpr unsigned claimed_files = 24;
constexpr unsigned claimed_shared_memory = 4;
constexpr std::uint64_t start_ns = 30'000'000'000;  // of an interpreter, on a busy machine
// For helpers that follow the runner's end, where each CPU has one task.
constexpr double leaving_ns = 1e9;
constexpr std::uint64_t foreseen_no_progress_ns = 300'000'000;

Trial ended(State state, Cause cause, std::string reason) {
  Trial trial;
  trial.state = state;
  trial.cause = cause;
  trial.reason = std::move(reason);
  return trial;
}

// Names for the runner's objects. Whoever dies, the manifest has them.
class ClaimedNames {
 public:
  explicit ClaimedNames(Names& names) : names_(names) {}
  ClaimedNames(const ClaimedNames&) = delete;
  ClaimedNames& operator=(const ClaimedNames&) = delete;
  ~ClaimedNames() {
    for (const std::string& path : files) {
      if (is_gone(::unlink(path.c_str()))) names_.released(path);
    }
    for (const std::string& name : shared_memory) {
      if (is_gone(::shm_unlink(("/" + name).c_str()))) names_.released(name);
    }
  }
  Status claim() {
    for (unsigned i = 0; i < claimed_files + claimed_shared_memory; ++i) {
      const bool file = i < claimed_files;
      auto name = names_.claim(file ? ObjectKind::file : ObjectKind::posix_shm);
      if (!name) return tl::make_unexpected(name.error());
      (file ? files : shared_memory).push_back(std::move(*name));
    }
    return {};
  }

  std::vector<std::string> files, shared_memory;

 private:
  Names& names_;
};

// Why the runner is not even asked; empty: it is.
std::string refusal(const ForeignMechanism& mechanism, const RunSpec& spec,
                    const TrialSetting& setting) {
  const auto& scenarios = mechanism.about.scenarios;
  if (std::find(scenarios.begin(), scenarios.end(), spec.scenario) == scenarios.end()) {
    return fmt::format("its runner does not run {}", spec.scenario);
  }
  if (spec.option("pairs", 1) != 1) return "a runner runs one pair; leave out --pairs";
  if (spec.option("loans", 1) != 1 && !spec.zero_copy) {
    return "needs zero-copy, to have several messages on loan";
  }
  if (!spec.burst.empty()) return "runners send no bursts";
  if (!spec.size_mix.empty()) return "runners send messages of one size";
  if (!spec.replay.empty()) return "runners replay no files";
  if (setting.samples || setting.trace) return "runners keep no samples and no trace";
  if (asks_of_processes(spec)) {
    return "a runner starts processes of its own; leave out --numa, --mlock and --rt-priority";
  }
  if (mechanism.about.lock) return {};
  return unsupported_reason(mechanism.about.capabilities, channel_of(spec), spec);
}

class ForeignTrial {
 public:
  ForeignTrial(const Program& program, const RunSpec& spec, const ForeignMechanism& mechanism,
               const TrialSetting& setting)
      : program_(program), spec_(spec), mechanism_(mechanism), setting_(setting) {}

  Trial run(Names& names);
  bool paused() const { return paused_; }

 private:
  bool foresees_deadlock() const {
    const BackendEntry* backend = program_.registry.backend(spec_.backend);
    return program_.scenario(spec_.scenario)->layout(spec_, backend).foresees_deadlock;
  }
  std::string question(const ClaimedNames& claimed) const;
  Trial judged(RunnerProcess& runner, const RunnerWatch& watch, std::uint64_t took_ns) const;
  Trial with_verdict(const TrialEnd& verdict) const;
  std::string problem(RunnerProcess& runner) const;

  const Program& program_;
  const RunSpec& spec_;
  const ForeignMechanism& mechanism_;
  const TrialSetting& setting_;
  bool paused_ = false;
};

// As the runner knows it: without its own name in front of the mechanism's.
std::string ForeignTrial::question(const ClaimedNames& claimed) const {
  TrialQuestion question;
  question.spec = spec_;
  (mechanism_.about.lock ? question.spec.lock : question.spec.backend) = mechanism_.about.name;
  question.trial_timeout_ns = setting_.limits.trial_ns;
  question.key = question.spec.key();
  question.cpus = setting_.cpus;
  question.files = claimed.files;
  question.shared_memory = claimed.shared_memory;
  question.ipcmark = own_program();
  return trial_question(question);
}

Trial ForeignTrial::with_verdict(const TrialEnd& verdict) const {
  Trial trial = ended(verdict.state, verdict.cause, mechanism_.name + ": " + verdict.reason);
  if (verdict.state != State::deadlock) return trial;
  trial.metrics.push_back(
      {diagnosed_figure, static_cast<double>(verdict.diagnosed_ns), Unit::nanoseconds, 1});
  trial.reason = verdict.reason;
  if (!foresees_deadlock()) return trial;
  trial.state = State::passed;
  trial.cause = Cause::none;
  trial.reason = "deadlock, as it must be: " + verdict.reason;
  trial.counts[deadlock_figure] = 1;
  return trial;
}

// What it said on its standard error, in brackets.
std::string ForeignTrial::problem(RunnerProcess& runner) const {
  const std::string said = printable(runner.last_error_line());
  return said.empty() ? "" : fmt::format(" ({})", said);
}

// The answer's own costs know roles, CPUs and what was spent on waiting until a message was due.
void take_costs(const std::vector<ProcessCost>& measured, Trial& trial) {
  const std::vector<ProcessCost> stated = std::move(trial.costs);
  trial.costs = measured;
  for (ProcessCost& cost : trial.costs) {
    const auto own = std::find_if(stated.begin(), stated.end(), [&cost](const ProcessCost& each) {
      return each.pid == cost.pid;
    });
    if (own == stated.end()) continue;
    cost.role = own->role;
    cost.cpu = own->cpu;
    cost.harness_user_ns = own->harness_user_ns;
    cost.harness_system_ns = own->harness_system_ns;
    cost.harness_switches = own->harness_switches;
    const std::uint64_t cpu = cost.user_ns + cost.system_ns;
    if (const std::uint64_t sum = own->user_ns + own->system_ns; sum > 0) {
      const double share = static_cast<double>(own->user_ns) / static_cast<double>(sum);
      cost.user_ns = static_cast<std::uint64_t>(static_cast<double>(cpu) * share);
      cost.system_ns = cpu - std::min(cpu, cost.user_ns);
    }
  }
}

Trial ForeignTrial::judged(RunnerProcess& runner, const RunnerWatch& watch,
                           std::uint64_t took_ns) const {
  const ProcessEnd how = runner.end().value_or(ProcessEnd{});
  const std::string text = runner.output();
  const std::string who = fmt::format("the runner '{}'", mechanism_.runner->name);
  const auto failed = [&](const std::string& what) {
    return ended(State::failed, Cause::operation, who + " " + what + problem(runner));
  };
  const bool died = how.by_signal || (!how.clean() && text.empty());
  if (died) {
    Trial trial = failed(describe(how) + " without an answer");
    const bool killed = how.by_signal && how.code == SIGKILL;
    trial.cause = killed ? Cause::killed : Cause::crash;
    return trial;
  }
  auto answer = read_trial_answer(text);
  if (!answer) return failed("gave no answer of the trial protocol: " + answer.error());
  RunSpec asked = spec_;
  (mechanism_.about.lock ? asked.lock : asked.backend) = mechanism_.about.name;
  if (answer->key != asked.key()) {
    return failed(
        fmt::format("was asked for {} and answers {}", asked.key(), printable(answer->key)));
  }
  Trial trial = std::move(answer->trial);
  if (trial.state != State::passed) {
    trial.reason = mechanism_.name + ": " + trial.reason;
    return trial;
  }
  if (!how.clean()) return failed(describe(how) + " after an answer that says passed");
  if (auto wrong = wrong_answer(program_, spec_, mechanism_, trial, took_ns); !wrong.empty()) {
    Trial refused = failed("cannot be believed: its answer " + wrong);
    refused.cause = Cause::check;
    return refused;
  }
  take_costs(watch.costs(), trial);
  return trial;
}

Trial ForeignTrial::run(Names& names) {
  ClaimedNames claimed(names);
  if (const Status done = claimed.claim(); !done) {
    return ended(State::skipped, Cause::unsupported, explain(done.error()));
  }
  const std::uint64_t began_ns = now_ns();
  auto runner = RunnerProcess::start(mechanism_.runner->name, mechanism_.runner->command,
                                     {"trial", "--spec", "-"}, question(claimed));
  if (!runner) {
    const bool skipped = is_machines(runner.error().code);
    return ended(skipped ? State::skipped : State::failed,
                 skipped ? Cause::unsupported : Cause::operation, explain(runner.error()));
  }
  WatchedTime time(setting_.machine_probe);
  WatchRules rules;
  rules.trial_ns = start_ns + trial_timeout_ns(spec_, setting_.limits.trial_ns);
  if (setting_.limits.trial_ns != 0) rules.trial_ns = setting_.limits.trial_ns;
  rules.no_progress_ns =
      foresees_deadlock() ? foreseen_no_progress_ns : setting_.limits.no_progress_ns;
  rules.waits_outside = mechanism_.about.waits_outside;
  RunnerWatch watch(*runner, setting_, rules, time);
  const auto verdict = watch.run();
  paused_ = watch.paused();
  const auto grace_ns = static_cast<std::uint64_t>(leaving_ns * time.tasks_per_cpu());
  const unsigned left = runner->kill_all(verdict ? 0 : grace_ns);
  Trial trial = verdict ? with_verdict(*verdict) : judged(*runner, watch, now_ns() - began_ns);
  if (!verdict && left > 0 && trial.state == State::passed) {
    trial = ended(State::failed, Cause::operation,
                  fmt::format("the runner '{}' ended and left {} of its processes, which were "
                              "killed",
                              mechanism_.runner->name, left));
  }
  if (watch.started_ns() != 0) {
    trial.metrics.push_back(
        {spawn_figure, static_cast<double>(watch.started_ns() - began_ns), Unit::nanoseconds, 1});
  }
  return trial;
}

}  // namespace

const ForeignMechanism* foreign_mechanism(const Program& program, const RunSpec& spec) {
  const BackendEntry* backend = program.registry.backend(spec.backend);
  if (backend != nullptr) return backend->foreign.get();
  const LockEntry* lock = program.registry.lock(spec.lock);
  return lock == nullptr ? nullptr : lock->foreign.get();
}

Trial measure_trial(const Program& program, const RunSpec& asked, Names& names,
                    const TrialSetting& setting) {
  const ForeignMechanism* mechanism = foreign_mechanism(program, asked);
  if (mechanism == nullptr) return run_trial(program, asked, names, setting);
  RunSpec spec = asked;
  resolve_options(program, spec);
  if (const std::string unknown = unknown_option(program, spec); !unknown.empty()) {
    return ended(State::skipped, Cause::unsupported, unknown_option_reason(spec.scenario, unknown));
  }
  if (const std::string why = refusal(*mechanism, spec, setting); !why.empty()) {
    return ended(State::skipped, Cause::unsupported, mechanism->name + ": " + why);
  }
  return without_pauses(setting, [&](bool& paused) {
    ForeignTrial run(program, spec, *mechanism, setting);
    Trial trial = run.run(names);
    paused = run.paused();
    return trial;
  });
}

}  // namespace ipcmark
