// ipcmark selfcheck: six checks of the instrument itself → a certificate → exit code.
#include <CLI/CLI.hpp>

#include "tools/command_line.hpp"
#include "tools/commands/measuring.hpp"
#include "tools/files/output_file.hpp"
#include "tools/options/checks.hpp"
#include "tools/options/measuring_options.hpp"
#include "tools/options/run_options.hpp"
#include "tools/selfcheck/selfcheck.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

constexpr const char* selfcheck_codes =
    R"(Exit codes:
  0        all passed, inconclusive ones included
  2        wrong usage, or an output that cannot be written
  4        with --fail-on-inconclusive: a check is inconclusive
  5        a check failed
  77       the turn to measure did not come
  128 + N  ended by the signal N (130: SIGINT, 143: SIGTERM))";

struct SelfcheckCommand {
  std::vector<std::string> only, broken;
  unsigned rounds = 24;
  std::string json;  // file; empty: none
  MeasuringOptions measuring;
  bool fail_on_inconclusive = false;
  ColorChoice color = ColorChoice::automatic;
};

class CheckProgress : public SelfcheckObserver {
 public:
  explicit CheckProgress(bool terminal) : terminal_(terminal) {}
  void check_begins(const SelfcheckRow& row) override {
    print_stderr("{}{}{}", terminal_ ? "\r" : "", row.name, terminal_ ? "\033[K" : "\n");
  }
  void finish() const {
    if (terminal_) print_stderr("\r\033[K");
  }

 private:
  bool terminal_;
};

int exit_code_of(const Certificate& certificate, bool fail_on_inconclusive, int stop_signal) {
  if (certificate.count(CheckState::failed) > 0) return exit_code::correctness;
  if (certificate.run.interrupted) return exit_code::signal_base + stop_signal;
  const bool open = certificate.count(CheckState::inconclusive) > 0;
  return open && fail_on_inconclusive ? exit_code::inconclusive : exit_code::success;
}

int selfcheck(const Program& program, const SelfcheckCommand& command) {
  Measuring measuring({command.measuring, true}, catalogue_of(program));
  std::optional<OutputFile> json;
  const std::string wrong = wrong_outputs({{"--json", command.json}});
  const auto opened = wrong.empty() ? open_output(command.json, json, &measuring.stop())
                                    : tl::make_unexpected(wrong);
  if (!opened) return measuring.refuse(opened.error());
  if (const auto code = measuring.begin()) return *code;
  SelfcheckOptions options;
  options.only = command.only;
  options.broken = command.broken;
  options.rounds = command.rounds;
  options.stop_signal = &measuring.stop();
  options.trial_timeout_ns = command.measuring.trial_timeout_ns;
  options.voided = [&measuring](const std::string& why) { measuring.say(why); };
  CheckProgress progress(stderr_is_terminal());
  const auto certificate = run_selfcheck(program, options, measuring.manifest(), progress);
  progress.finish();
  if (!certificate) {
    print_error(certificate.error());
    return exit_code::usage;
  }
  bool written = true;
  if (json) {
    if (const auto done = json->commit_measured(certificate_to_json(*certificate)); !done) {
      print_error(done.error());
      written = false;
    }
  }
  show("{}", certificate_to_console(*certificate, style_of_stdout(command.color)));
  if (!written) return exit_code::usage;
  return exit_code_of(*certificate, command.fail_on_inconclusive, measuring.stop().load());
}

}  // namespace

void add_selfcheck(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<SelfcheckCommand>();
  CLI::App* command =
      app.add_subcommand("selfcheck", "Check the instrument on this machine, in about a minute");
  add_name_list(*command, "--only", options->only, "Only these checks, from the list below");
  add_name_list(*command, "--break", options->broken,
                "Break the subject of these checks\nOn purpose: they must then fail.");
  add_number(*command, "--rounds", options->rounds, "Rounds of what is measured in pairs", 6,
             10'000)
      ->default_str("24");
  command->add_flag("--fail-on-inconclusive", options->fail_on_inconclusive,
                    "Exit with 4 when a check is inconclusive");
  command->add_option("--json", options->json, "Write the certificate here, as JSON")
      ->type_name("FILE");
  add_color_option(*command, options->color);
  add_measuring_options(*command, options->measuring, "");
  command->footer([] {
    std::string text = "Checks, what --break does to each, and what each claims:";
    for (const SelfcheckRow& row : selfchecks()) {
      text += fmt::format("\n  {}: {}\n    {}", row.name, row.breakage, row.claim);
    }
    return text + "\n\n" + selfcheck_codes;
  });
  command->callback([options, &invocation] {
    invocation.action = [options, &invocation] { return selfcheck(invocation.program, *options); };
  });
}

}  // namespace ipcmark
