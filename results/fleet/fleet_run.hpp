// What is kept of one result among many: what tells runs and hosts apart, and what was published of
// each cell. A result file is a thousand times as large; of ten thousand of them this fits into
// memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "results/model/catalogue.hpp"
#include "results/model/trial.hpp"
#include "results/text/units.hpp"

namespace ipcmark {

// A figure of a cell, as summarize() tells it (summary.hpp): published ones only, without the
// shortest and longest of all trials, which have no interval.
struct FleetFigure {
  std::string name;  // figure_name(): "p50", "rate"
  // What it means: of its declaration, a text that lives as long as the program. Empty: none.
  const char* sentence = "";
  Unit unit = Unit::count;
  Better better = Better::neither;
  double median = 0, low = 0, high = 0;  // in the unit; low and high: the interval over the trials
  unsigned trials = 0;                   // behind it
  bool headline = false;                 // the one that a table of its scenario is sorted by
  bool two_groups = false;               // its trials fall into two groups
};

struct FleetCell {
  std::string key;  // for --only
  std::string scenario, mechanism;
  State state = State::passed;
  std::string reason;  // why it did not pass, or has no times
  // The state of the machine that the figures are from: the core-to-core round trip, in ns; 0:
  // unknown. Cells of different states must not be compared with each other.
  double machine_state_ns = 0;
  bool comparable = true;  // from the state of the machine that the run's other cells are from
  std::vector<FleetFigure> figures;
};

struct FleetRun {
  std::string file;  // path it was read from
  RunInfo run;
  // Of the facts that change figures (fingerprint.hpp), as 12 hexadecimal digits: results of two
  // classes must not be compared with each other.
  std::string host_class;
  // The recorded name, else the label `host`; empty: unknown.
  std::string host;
  std::string machine;       // for people: CPU model and kernel release
  std::string revision;      // of ipcmark's sources, as its build recorded it; empty: not recorded
  std::uint64_t trials = 0;  // in the document, of all cells, whatever came of them
  std::vector<FleetCell> cells;
};

}  // namespace ipcmark
