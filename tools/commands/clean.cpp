// ipcmark clean: removes what dead runs left, and nothing else.
#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <string>

#include "results/text/printable.hpp"
#include "scenarios/cleanup/manifest.hpp"
#include "tools/command_line.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

constexpr const char* what_goes =
    "Remove the objects of runs that were killed\n"
    "Running ones are left alone. A run's manifest names what it made: files, shared memory, "
    "queues, semaphores. They go when the run has ended and they are proven to be its own: made by "
    "this user since the machine's last start, in this IPC namespace, under the run's name. So do "
    "instances of tracefs that 'explain' made in a process that has ended. Whatever else lies "
    "beside them stays, and so does a directory that holds it.";

constexpr const char* clean_codes =
    R"(Exit codes:
  0  nothing is left that could be removed here
  2  something could not be removed, whose manifest stays and names it; or
     a manifest or its directory could not be read)";

int clean(bool dry_run) {
  const CleanReport report = clean_up(dry_run);
  for (const std::string& object : report.removed) {
    show("{} {}\n", dry_run ? "would remove" : "removed", printable(object));
  }
  for (const std::string& sentence : report.left) show("left alone: {}\n", sentence);
  for (const std::string& object : report.failed) print_error("cannot remove " + object);
  for (const std::string& sentence : report.refused) print_error(sentence);
  show("{} ended without cleaning up; {} object{} {}removed",
       report.runs == 1 ? "1 run" : fmt::format("{} runs", report.runs), report.removed.size(),
       report.removed.size() == 1 ? "" : "s", dry_run ? "would be " : "");
  if (report.live_runs > 0) {
    show("; {} still running, left alone", report.live_runs);
  }
  show("\n");
  const bool good = report.failed.empty() && report.refused.empty();
  return good ? exit_code::success : exit_code::usage;
}

}  // namespace

void add_clean(CLI::App& app, Invocation& invocation) {
  auto dry_run = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("clean", what_goes);
  command->add_flag("--dry-run", *dry_run, "Say what would be removed, and remove nothing");
  command->footer([] { return std::string(clean_codes); });
  command->callback(
      [dry_run, &invocation] { invocation.action = [dry_run] { return clean(*dry_run); }; });
}

}  // namespace ipcmark
