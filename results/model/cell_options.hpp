// The options of every cell: one table. The command line, --help, completion, the manual page, the
// key of a cell, JSON, suites and the settings beside a table of figures are loops over it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "results/model/option_value.hpp"
#include "results/model/spec.hpp"

namespace ipcmark {

// How the key of a cell shows an option.
enum class InKey : std::uint8_t {
  no,
  value,  // always, and the value alone: "64B"; of what is not there nothing
  named,  // where it differs from its default: "depth=8"; a flag by its name alone
  last    // likewise, behind the scenario's own options
};

// Where the tables of figures show an option that differs from its default.
enum class Shown : std::uint8_t {
  apart,  // by itself: a column of its own, or the table's title
  row,    // beside the mechanism's name
  table   // among the settings that the cells of a table share
};

// Which cells an option means something to.
enum class MeantFor : std::uint8_t {
  every,
  backend,  // those that run over a backend
  timed,    // those whose scenario is timed
  counted,  // likewise, and those whose scenario has an option "count"
  mixed,    // those whose scenario can send messages of several sizes
  bursts,   // those whose scenario can send messages in bursts
  replays   // those whose scenario can send what a file says
};

using CellMember = std::variant<std::string RunSpec::*, std::uint64_t RunSpec::*,
                                std::uint32_t RunSpec::*, bool RunSpec::*, Wait RunSpec::*,
                                Placement RunSpec::*, Verify RunSpec::*, Touch RunSpec::*,
                                Wake RunSpec::*, HugePages RunSpec::*, std::vector<int> RunSpec::*>;

struct CellOption {
  const char* name;  // in JSON
  const char* flag;  // on the command line and in the key; empty: in JSON alone
  InKey in_key;
  Shown shown;
  MeantFor meant_for;
  CellMember member;  // its default is the RunSpec's own
  OptionRule rule;   // of what may be asked for; the default need not be within it; max 0: anything
  const char* help;  // a short line, and the manual page's sentences below it (help_text.hpp)
};

const std::vector<CellOption>& cell_options();
const CellOption* cell_option(std::string_view flag);  // null: there is none

// The number an option has in a spec; of names and CPUs 0.
std::int64_t cell_number(const CellOption& option, const RunSpec& spec);
// "64B", "spin", "0,3"; of a flag "yes" and "no".
std::string cell_text(const CellOption& option, const RunSpec& spec);
// Reads what cell_text() writes, and whatever else the command line accepts, but for the path of a
// replay (set_replay() in scenarios/traffic/replay_file.hpp reads that file). The answer is empty,
// or one sentence that says what to write; the spec is then as it was.
std::string set_cell_option(const CellOption& option, std::string_view text, RunSpec& spec);
bool is_default(const CellOption& option, const RunSpec& spec);
bool is_same(const CellOption& option, const RunSpec& a, const RunSpec& b);
void copy_value(const CellOption& option, const RunSpec& from, RunSpec& to);
// "depth=8", "zero-copy": as the key names it.
std::string named_text(const CellOption& option, const RunSpec& spec);

// Whether the CSV has a column for it, behind those that it always had: of what the key shows by
// its name, and has no other column.
inline bool has_own_column(const CellOption& option) {
  const bool in_key = option.in_key == InKey::named || option.in_key == InKey::last;
  return in_key && std::string_view(option.name) != "depth";
}

// Empty, or the first option in which two cells differ, a scenario's own included: "duration 60ms,
// and 2s".
std::string first_difference(const RunSpec& ours, const RunSpec& theirs);

}  // namespace ipcmark
