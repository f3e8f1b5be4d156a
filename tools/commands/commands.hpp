// The subcommands: what each does once the command line is read. Each returns the exit code.
//
// The options' words are turned into these values in command_line.cpp and *_options.cpp, the only
// places that know the option parser.
#pragma once

#include <string>
#include <vector>

#include "scenarios/scenario.hpp"
#include "tools/options/ab_options.hpp"
#include "tools/options/advise_options.hpp"
#include "tools/options/compare_options.hpp"
#include "tools/options/load_options.hpp"
#include "tools/options/run_options.hpp"
#include "tools/stress/stress.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

// `command_line`: the arguments as given, for the result document.
int run(const Program& program, const RunOptions& options, const std::string& command_line);
int load(const Program& program, const LoadOptions& options, const std::string& command_line);
int list(const Program& program, const std::string& what);  // "backends", …; empty: every table
int stress(const Program& program, StressOptions options);  // seed 0: chosen at random
int compare(const CompareOptions& options);                 // also gate
int ab(const Program& program, const AbCommand& command);
int trial(const Program& program, const std::string& spec_path);  // "-": standard input
struct SelfcheckCommand {
  std::vector<std::string> only, broken;
  unsigned rounds = 24;
  std::string json;  // file; empty: none
  bool share = false, fail_on_inconclusive = false;
  ColorChoice color = ColorChoice::automatic;
};
int selfcheck(const Program& program, const SelfcheckCommand& options);
int advise(const Program& program, const AdviseOptions& options, const std::string& command_line);
int clean(bool dry_run);
struct ExportOptions {
  std::vector<std::string> results;  // files
  std::string format, only, output;  // no output: stdout
};
int export_result(const ExportOptions& options);
struct ReportOptions {
  std::vector<std::string> results;  // files
  std::string output;                // the page
};
int report(const ReportOptions& options);
int doctor(ColorChoice color);
int version();

// "ipcmark 0.1.0", and what it was built with and runs on.
std::string version_text();

}  // namespace ipcmark
