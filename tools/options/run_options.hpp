// The options of `ipcmark run`, from words to values.
#pragma once

#include <string>

#include "results/console/console.hpp"
#include "scenarios/plan/plan.hpp"
#include "tools/options/label_options.hpp"
#include "tools/options/measuring_options.hpp"
#include "tools/terminal/terminal.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace ipcmark {

struct RunOptions {
  Request request;
  std::string json, csv;  // output files; empty: none
  std::string samples;    // CSV of single events; empty: none
  std::string trace;      // Chrome trace-event JSON here, a readable log at the same name + .log
  std::string baseline, save_baseline;  // names; empty: none
  TableOrder order = TableOrder::best;
  std::string reference;  // key of the cell that the others are compared to; empty: the best
  std::string resume;     // a journal to go on from
  bool fresh = false;     // set aside the journal that an ended run left beside `json`
  double until = 0;       // add rounds until each interval's half width is this; 0: no
  std::uint64_t for_ns = 600'000'000'000;  // but no longer than this
  bool check = false;                      // every correctness scenario once; prints a matrix
  bool dry_run = false;
  bool quiet = false;
  LabelOptions labels;
  MeasuringOptions measuring;
  ColorChoice color = ColorChoice::automatic;
};

// `options` must outlive the parse. Values that make no sense are refused while parsing, in one
// sentence; names of backends and scenarios are checked later, by make_plan().
void add_run_options(CLI::App& command, const Program& program, RunOptions& options);

void add_seed_option(CLI::App& command, Request& request);

// The options of `ipcmark check`: what to check, and where the results go.
void add_check_options(CLI::App& command, const Program& program, RunOptions& options);

// --color, for every subcommand that prints for a person. `choice` must outlive the parse.
CLI::Option* add_color_option(CLI::App& command, ColorChoice& choice);

}  // namespace ipcmark
