// ipcmark doctor: what about this machine will disturb a measurement, each with what to do.
#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "results/text/printable.hpp"
#include "scenarios/machine/environment_probe.hpp"
#include "tools/command_line.hpp"
#include "tools/commands/stop_signal.hpp"
#include "tools/doctor/doctor.hpp"
#include "tools/doctor/health.hpp"
#include "tools/files/output_file.hpp"
#include "tools/options/run_options.hpp"
#include "tools/session/session.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

constexpr const char* doctor_codes =
    R"(Exit codes:
  0        examined; with --json fit to measure: no finding is worse than a
           note
  2        wrong usage, or an output that cannot be written
  6        with --json: something disturbs a measurement
  7        with --json: nothing can be measured
  128 + N  ended by the signal N (130: SIGINT, 143: SIGTERM))";

struct DoctorCommand {
  std::string json;  // file; empty: none
  ColorChoice color = ColorChoice::automatic;
};

std::string mark(Severity severity, const ConsoleStyle& style) {
  const auto painted = [&style](const char* color, const char* text) {
    return style.color ? fmt::format("\033[{}m{}\033[0m", color, text) : std::string{text};
  };
  switch (severity) {
    case Severity::ok:
      return painted("32", "ok  ");
    case Severity::note:
      return painted("36", "note");
    case Severity::warning:
      return painted("33", "warn");
    case Severity::error:
      return painted("31", "fail");
  }
  return "?";
}

void print_findings(const std::vector<DoctorFinding>& findings, const ConsoleStyle& style) {
  unsigned notes = 0;
  unsigned warnings = 0;
  unsigned errors = 0;
  for (const DoctorFinding& finding : findings) {
    show("{}  {}: {}\n", mark(finding.severity, style), finding.topic, printable(finding.seen));
    if (!finding.advice.empty()) show("      -> {}\n", printable(finding.advice));
    notes += finding.severity == Severity::note ? 1 : 0;
    warnings += finding.severity == Severity::warning ? 1 : 0;
    errors += finding.severity == Severity::error ? 1 : 0;
  }
  if (errors > 0) show("nothing can be measured here; ");
  show("{} that will disturb a measurement, {} to know when reading figures\n", warnings, notes);
}

int code_of(Health health) {
  return health == Health::fit         ? exit_code::success
         : health == Health::disturbed ? exit_code::disturbed
                                       : exit_code::unusable;
}

int doctor(const Program& program, const DoctorCommand& command) {
  const std::atomic<int>& stop = catch_stop_signals();
  std::optional<OutputFile> json;
  if (const auto opened = open_output(command.json, json, &stop); !opened) {
    print_error(opened.error());
    return stop.load() != 0 ? exit_code::signal_base + stop.load() : exit_code::usage;
  }
  const HealthReport report{utc_now(), probe_environment(), examine_machine(program, stop)};
  if (stop.load() != 0) return exit_code::signal_base + stop.load();
  print_findings(report.findings, style_of_stdout(command.color));
  if (!json) return exit_code::success;
  if (const auto done = json->commit(health_to_json(report)); !done) {
    print_error(done.error());
    return exit_code::usage;
  }
  return code_of(health_of(report.findings));
}

}  // namespace

void add_doctor(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<DoctorCommand>();
  CLI::App* command =
      app.add_subcommand("doctor", "Say what will disturb a measurement here, and what to do");
  command
      ->add_option_function<std::string>(
          "--json",
          [options](const std::string& file) { options->json = file.empty() ? "-" : file; },
          "Write findings here, as JSON; they set the exit code\n"
          "The same findings, for programs. Without FILE, to standard output.")
      ->expected(0, 1)
      ->type_name("FILE");
  add_color_option(*command, options->color);
  command->footer([] { return std::string(doctor_codes); });
  command->callback([options, &invocation] {
    invocation.action = [options, &invocation] { return doctor(invocation.program, *options); };
  });
}

}  // namespace ipcmark
