// ipcmark doctor: what about this machine will disturb a measurement, each with what to do.
#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <string>
#include <string_view>

#include "results/text/printable.hpp"
#include "tools/command_line.hpp"
#include "tools/doctor/doctor.hpp"
#include "tools/options/run_options.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

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
  }
  return "?";
}

int doctor(ColorChoice color) {
  const ConsoleStyle style = style_of_stdout(color);
  unsigned notes = 0;
  unsigned warnings = 0;
  for (const DoctorFinding& finding : examine_machine()) {
    show("{}  {}: {}\n", mark(finding.severity, style), finding.topic, printable(finding.seen));
    if (!finding.advice.empty()) show("      -> {}\n", printable(finding.advice));
    notes += finding.severity == Severity::note ? 1 : 0;
    warnings += finding.severity == Severity::warning ? 1 : 0;
  }
  show("{} that will disturb a measurement, {} to know when reading figures\n", warnings, notes);
  return exit_code::success;
}

}  // namespace

void add_doctor(CLI::App& app, Invocation& invocation) {
  auto color = std::make_shared<ColorChoice>(ColorChoice::automatic);
  CLI::App* command = app.add_subcommand(
      "doctor", "Say what about this machine will disturb a measurement, and what to do");
  add_color_option(*command, *color);
  command->callback(
      [color, &invocation] { invocation.action = [color] { return doctor(*color); }; });
}

}  // namespace ipcmark
