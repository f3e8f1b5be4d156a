// ipcmark trial: one trial of one cell, asked for and answered in JSON
// (results/json/trial_protocol.hpp).
#include <CLI/CLI.hpp>

#include <signal.h>
#include <sys/prctl.h>

#include "results/json/json.hpp"
#include "results/json/trial_protocol.hpp"
#include "scenarios/cleanup/manifest.hpp"
#include "scenarios/launch/launch.hpp"
#include "scenarios/machine/build_facts.hpp"
#include "scenarios/machine/environment_probe.hpp"
#include "scenarios/machine/placement.hpp"
#include "scenarios/plan/capability_facts.hpp"
#include "tools/command_line.hpp"
#include "tools/commands/stop_signal.hpp"
#include "tools/files/own_manifest.hpp"
#include "tools/files/text_file.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

constexpr const char* trial_codes =
    R"(This is how 'ipcmark ab' speaks to builds of another age. Other measuring runs are not waited
for. Exit codes: 0 passed; 2 not such a question; 3 its major version is too high; 5 failed; 77
skipped; 128 + N ended by the signal N.)";

Trial run_one(const Program& program, const TrialQuestion& question, Manifest& manifest,
              const std::atomic<int>& stop) {
  const RunSpec& spec = question.spec;
  const auto placement = place(spec, allowed_cpus());
  if (!placement.refusal.empty()) {
    Trial trial;
    trial.state = State::skipped;
    trial.cause = Cause::unsupported;
    trial.reason = placement.refusal;
    return trial;
  }
  TrialSetting setting;
  setting.cpus = placement.cpus;
  setting.stop_signal = &stop;
  setting.limits.trial_ns = question.trial_timeout_ns;
  setting.voided = [](const std::string& why) {
    complain(why + ": the trial is void, and run again");
  };
  return run_trial(program, spec, manifest, setting);
}

TrialAnswer answer_of(const Program& program, const RunSpec& spec, Trial trial) {
  TrialAnswer answer;
  answer.version = build_facts().version;
  answer.build = build_group();
  answer.key = spec.key();
  const BackendEntry* backend = program.registry.backend(spec.backend);
  if (backend != nullptr && backend->capabilities != nullptr) {
    answer.capabilities = capability_facts(backend->capabilities(plain_channel(spec)));
  }
  answer.trial = std::move(trial);
  return answer;
}

int code_of(State state, int stop_signal) {
  if (state == State::passed) return exit_code::success;
  if (state == State::skipped) return exit_code::nothing_ran;
  if (state == State::interrupted) return exit_code::signal_base + stop_signal;
  return exit_code::correctness;
}

int trial(const Program& program, const std::string& spec_path) {
  // Whoever asked is gone: end cleanly, nobody wants the answer.
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  const std::atomic<int>& stop = catch_stop_signals();
  const auto text = spec_path == "-" ? read_standard_input() : read_text_file(spec_path);
  if (!text) {
    complain(text.error());
    return exit_code::usage;
  }
  const auto question = read_trial_question(*text);
  if (!question) {
    complain((spec_path == "-" ? "standard input" : "'" + spec_path + "'") + ": " +
             question.error());
    const bool newer = document_major(*text, trial_question_schema) > trial_major;
    return newer ? trial_refused : exit_code::usage;
  }
  OwnManifest manifest;
  if (!manifest) return exit_code::usage;
  const TrialAnswer answer =
      answer_of(program, question->spec, run_one(program, *question, *manifest, stop));
  show("{}", trial_answer(answer));
  return code_of(answer.trial.state, stop.load());
}

}  // namespace

void add_trial(CLI::App& app, Invocation& invocation) {
  auto path = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("trial", "Run one trial that is described in JSON, and print it as JSON");
  command
      ->add_option(
          "--spec", *path,
          "{\"schema\":\"ipcmark.trial-spec\",\"version\":{\"major\":1},\"spec\":CELL}, CELL as "
          "\"asked\" in a result; - is standard input")
      ->required()
      ->type_name("FILE|-");
  command->footer([] { return std::string(trial_codes); });
  command->callback([path, &invocation] {
    invocation.action = [path, &invocation] { return trial(invocation.program, *path); };
  });
}

}  // namespace ipcmark
