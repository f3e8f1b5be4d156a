// The options of cells and of scenarios on the command line: loops over their tables.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "scenarios/plan/request.hpp"
#include "scenarios/scenario.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace ipcmark {

// What a command takes of them.
struct CellOptionSet {
  std::set<std::string> without;       // flags that it has itself, or that mean nothing to it
  std::vector<std::string> scenarios;  // the options of these alone; empty: of all
  bool suite = false, only = false, exclude = true;
};

// `request` must outlive the parse. Values that no cell can have are refused while parsing, in one
// sentence; names of mechanisms and scenarios are checked later, by make_plan().
void add_cell_options(CLI::App& command, const Program& program, Request& request,
                      const CellOptionSet& set);

// The same for every command that measures what a Request says: suite, --only and all.
void add_all_cell_options(CLI::App& command, const Program& program, Request& request);

}  // namespace ipcmark
