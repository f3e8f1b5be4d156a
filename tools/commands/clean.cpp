// ipcmark clean: removes what dead runs left, and nothing else.
#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include "results/text/printable.hpp"
#include "scenarios/cleanup/manifest.hpp"
#include "tools/command_line.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

int clean(bool dry_run) {
  const CleanReport report = clean_up(dry_run);
  for (const std::string& object : report.removed) {
    show("{} {}\n", dry_run ? "would remove" : "removed", printable(object));
  }
  for (const std::string& object : report.failed) complain("cannot remove " + object);
  show("{} ended without cleaning up; {} object{} {}removed",
       report.runs == 1 ? "1 run" : fmt::format("{} runs", report.runs), report.removed.size(),
       report.removed.size() == 1 ? "" : "s", dry_run ? "would be " : "");
  if (report.live_runs > 0) {
    show("; {} still running, left alone", report.live_runs);
  }
  show("\n");
  return report.failed.empty() ? exit_code::success : exit_code::usage;
}

}  // namespace

void add_clean(CLI::App& app, Invocation& invocation) {
  auto dry_run = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand(
      "clean", "Remove the objects of runs that were killed; running ones are left alone");
  command->add_flag("--dry-run", *dry_run, "Only say what would be removed");
  command->callback(
      [dry_run, &invocation] { invocation.action = [dry_run] { return clean(*dry_run); }; });
}

}  // namespace ipcmark
