// ipcmark merge: any number of stored results as one set of tables.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <vector>

#include "tools/command_line.hpp"
#include "tools/gather/fleet_folder.hpp"
#include "tools/gather/gather.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {
namespace {

struct MergeOptions {
  std::vector<std::string> places;
  std::string output;
  bool force = false;
};

std::string counted(std::size_t count, const char* one, const char* several) {
  return fmt::format("{} {}", count, count == 1 ? one : several);
}

void show_contents(const MergeOptions& options, const FleetFolder& folder,
                   const Gathered& gathered) {
  const FleetFolder::Contents contents = folder.contents();
  show("{}: {} of {} in {}, {}, {}\n", options.output, counted(contents.runs, "run", "runs"),
       contents.hosts == 0 ? "unnamed hosts" : counted(contents.hosts, "named host", "named hosts"),
       counted(contents.host_classes, "host class", "host classes"),
       counted(contents.cells, "cell", "cells"), counted(contents.figures, "figure", "figures"));
  if (folder.duplicates() > 0) {
    show("{} left out: another one of the same run was kept\n",
         counted(folder.duplicates(), "result", "results"));
  }
  if (!gathered.skipped.empty()) {
    show("{} skipped, named on standard error\n",
         counted(gathered.skipped.size(), "file", "files"));
  }
}

tl::expected<void, std::string> merge(const Program& program, const MergeOptions& options) {
  auto folder = FleetFolder::open(options.output, options.force);
  if (!folder) return tl::make_unexpected(folder.error());
  const auto gathered = for_each_result(program, options.places,
                                        [&folder](const FleetRun& run) { folder->add(run); });
  if (!gathered) return tl::make_unexpected(gathered.error());
  print_skipped(*gathered);
  if (folder->runs() == 0) {
    return tl::make_unexpected(
        gathered->skipped.empty()
            ? std::string("there is no *.json at the places named; name where results of 'ipcmark "
                          "run --json' are")
            : fmt::format("nothing was written: all of {} were skipped; name where results of "
                          "'ipcmark run --json' are",
                          counted(gathered->skipped.size(), "file", "files")));
  }
  if (auto done = folder->commit(); !done) return done;
  show_contents(options, *folder, *gathered);
  return {};
}

int run_merge(const Program& program, const MergeOptions& options) {
  if (auto done = merge(program, options); !done) {
    print_error(done.error());
    return exit_code::usage;
  }
  return exit_code::success;
}

}  // namespace

void add_merge(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<MergeOptions>();
  CLI::App* command = app.add_subcommand(
      "merge", "Write any number of stored results as tables (CSV)\nOf one machine or of many.");
  command
      ->add_option("DIR", options->places,
                   "Directories with results, and single files\n"
                   "Written by 'ipcmark run --json'. Of a directory, every *.json below it.")
      ->required()
      ->type_name("DIR|FILE");
  command
      ->add_option("-o,--output", options->output,
                   "Folder for the tables\n"
                   "It is made, or replaced if it holds those of an earlier merge.")
      ->required()
      ->type_name("FOLDER");
  command->add_flag("--force", options->force,
                    "Write into a folder that holds other files, too\n"
                    "They stay. A table that no merge wrote is never replaced.");
  command->callback([options, &invocation] {
    invocation.action = [options, &invocation] { return run_merge(invocation.program, *options); };
  });
}

}  // namespace ipcmark
