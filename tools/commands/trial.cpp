// ipcmark trial: one trial of one cell, asked for and answered in JSON
// (results/json/trial_protocol.hpp).
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <cstdlib>
#include <cstring>

#include "results/json/json.hpp"
#include "results/json/runner_description.hpp"
#include "results/json/trial_protocol.hpp"
#include "scenarios/cleanup/manifest.hpp"
#include "scenarios/foreign/foreign_trial.hpp"
#include "scenarios/foreign/runner_process.hpp"
#include "scenarios/machine/build_facts.hpp"
#include "scenarios/machine/environment_probe.hpp"
#include "scenarios/machine/placement.hpp"
#include "scenarios/peer/peer.hpp"
#include "scenarios/plan/capability_facts.hpp"
#include "tools/command_line.hpp"
#include "tools/commands/stop_signal.hpp"
#include "tools/files/own_manifest.hpp"
#include "tools/files/text_file.hpp"
#include "tools/options/runner_options.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

constexpr const char* trial_codes =
    R"(Exit codes:
  0        passed
  2        not such a question
  3        its major version is too high
  5        failed
  77       skipped, or left void
  128 + N  ended by the signal N (130: SIGINT, 143: SIGTERM))";

// Tells whoever runs this as a runner that the measured part begins or ends, and waits until that
// is noted.
void mark(const char* word) {
  const char* number = std::getenv(marks_variable);  // NOLINT(concurrency-mt-unsafe)
  if (number == nullptr) return;
  const int fd = std::atoi(number);
  char answer = 0;
  if (::send(fd, word, std::strlen(word), MSG_NOSIGNAL) <= 0) return;
  while (answer != '\n' && ::recv(fd, &answer, 1, 0) == 1) {
  }
}

Trial run_one(const Program& program, const TrialQuestion& question, Manifest& manifest,
              const std::atomic<int>& stop) {
  const RunSpec& spec = question.spec;
  const auto placement = place(spec, allowed_cpus());
  if (!placement.unsupported_reason.empty()) {
    Trial trial;
    trial.state = State::skipped;
    trial.cause = Cause::unsupported;
    trial.reason = placement.unsupported_reason;
    return trial;
  }
  TrialSetting setting;
  setting.cpus = placement.cpus;
  setting.stop_signal = &stop;
  setting.limits.trial_ns = question.trial_timeout_ns;
  setting.voided = [](const std::string& why) {
    print_error(why + ": the trial is void, and run again");
  };
  setting.opened = [](const std::vector<int>&) { mark("start\n"); };
  setting.drained = [] { mark("stop\n"); };
  return measure_trial(program, spec, manifest, setting);
}

// Of this program, for whoever runs it as a runner.
RunnerDescription description_of(const Program& program) {
  RunnerDescription description;
  description.version =
      fmt::format("ipcmark {} ({})", build_facts().version, build_facts().revision);
  std::vector<std::string> over_backends;
  std::vector<std::string> over_locks;
  for (const ScenarioEntry& scenario : program.scenarios) {
    if (scenario.uses_backend) over_backends.emplace_back(scenario.name);
    if (scenario.uses_lock) over_locks.emplace_back(scenario.name);
  }
  for (const BackendEntry& backend : program.registry.backends) {
    if (*backend.compiled_out != '\0' || backend.foreign != nullptr) continue;
    RunnerMechanism mechanism;
    mechanism.name = backend.name;
    mechanism.summary = backend.summary;
    mechanism.scenarios = over_backends;
    mechanism.capabilities = backend.capabilities(ChannelSpec{});
    description.mechanisms.push_back(std::move(mechanism));
  }
  for (const LockEntry& lock : program.registry.locks) {
    if (*lock.compiled_out != '\0' || lock.foreign != nullptr) continue;
    RunnerMechanism mechanism;
    mechanism.name = lock.name;
    mechanism.lock = true;
    mechanism.exclusive = lock.exclusive;
    mechanism.summary = lock.summary;
    mechanism.scenarios = over_locks;
    description.mechanisms.push_back(std::move(mechanism));
  }
  return description;
}

TrialAnswer answer_of(const Program& program, const RunSpec& spec, Trial trial) {
  TrialAnswer answer;
  answer.version = build_facts().version;
  answer.build = build_group();
  answer.key = spec.key();
  answer.capabilities = capability_facts(program.registry, spec);
  answer.trial = std::move(trial);
  return answer;
}

int code_of(const Trial& trial, int stop_signal) {
  if (trial.state == State::passed) return exit_code::success;
  const bool left_void = trial.cause == Cause::void_round;
  if (trial.state == State::skipped || left_void) return exit_code::nothing_ran;
  if (trial.state == State::interrupted) return exit_code::signal_base + stop_signal;
  return exit_code::correctness;
}

int trial(const Program& program, const std::string& spec_path) {
  // Whoever asked is gone: end cleanly, nobody wants the answer.
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  const std::atomic<int>& stop = catch_stop_signals();
  const auto text = spec_path == "-" ? read_standard_input() : read_text_file(spec_path);
  if (!text) {
    print_error(text.error());
    return exit_code::usage;
  }
  const auto question = read_trial_question(*text);
  if (!question) {
    print_error((spec_path == "-" ? "standard input" : "'" + spec_path + "'") + ": " +
                question.error());
    const bool newer = document_major(*text, trial_question_schema) > trial_major;
    return newer ? trial_refused : exit_code::usage;
  }
  OwnManifest manifest;
  if (!manifest) return exit_code::usage;
  const TrialAnswer answer =
      answer_of(program, question->spec, run_one(program, *question, *manifest, stop));
  show("{}", trial_answer(answer));
  return code_of(answer.trial, stop.load());
}

}  // namespace

void add_trial(CLI::App& app, Invocation& invocation) {
  auto path = std::make_shared<std::string>();
  auto list = std::make_shared<bool>(false);
  auto peer = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand(
      "trial",
      "Run one trial that JSON describes, and print it as JSON\n"
      "This is how 'ipcmark ab' speaks to builds of another age, and how ipcmark "
      "speaks to a runner. Other measuring runs are not waited for.");
  CLI::Option* spec = command->add_option(
      "--spec", *path,
      "Run the trial in this file\n"
      "{\"schema\":\"ipcmark.trial-spec\",\"version\":{\"major\":1},\"spec\":CELL}, with CELL as "
      "\"asked\" in a result. - is standard input.");
  spec->type_name("FILE|-");
  CLI::Option* lists =
      command->add_flag("--list", *list, "Print what there is, as JSON\nMechanisms and scenarios.");
  lists->excludes(spec);
  command
      ->add_flag(
          "--peer", *peer,
          "Be one end of a channel\n"
          "The other end is in a runner's own language. Asked and answered in JSON on standard "
          "input and output.")
      ->excludes(spec)
      ->excludes(lists);
  add_runner_option(*command, invocation);
  command->footer([] { return std::string(trial_codes); });
  command->callback([path, list, peer, &invocation] {
    if (path->empty() && !*list && !*peer) throw CLI::RequiredError("--spec");
    invocation.action = [path, list, peer, &invocation] {
      if (*peer) return run_peer();
      if (!*list) return trial(invocation.program, *path);
      show("{}", runner_description(description_of(invocation.program)));
      return exit_code::success;
    };
  });
}

}  // namespace ipcmark
