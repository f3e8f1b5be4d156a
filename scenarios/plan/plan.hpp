// From what was asked to the list of cells: pure functions.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "scenarios/plan/request.hpp"
#include "scenarios/scenario.hpp"

namespace ipcmark {

struct Plan {
  std::string suite;  // its name
  std::vector<RunSpec> cells;
  // Of `cells`, by position: the first round begins with these, so that rows of the table that will
  // be shown first can be shown early. Empty: it begins with any.
  std::vector<std::size_t> first_table;
  std::uint32_t trials = 0;          // of each timed cell
  std::uint32_t untimed_trials = 1;  // of the others: more only when a number was asked for
  std::uint64_t seed = 0;
  std::uint32_t explain_rounds = 0;  // after the trials, of each round trip that passed; 0: none
  std::uint64_t estimated_ns = 0;    // whole run, canaries and process set-up included
  std::string shard;                 // "3/8": which part of the cells these are; empty: all
  std::size_t cells_of_all_shards = 0;
  // What is not the default because of the machine, one sentence each.
  std::vector<std::string> notes;
};

// Error text (one sentence, with a suggestion for a misspelt name) or the plan. Cells that a
// backend's capabilities rule out stay in the plan; run_trial() reports them as skipped with the
// reason. Every option that was named has reached a cell, and each cell has a value of all its
// scenario's options. No cells has only the plan of a shard that none falls into.
tl::expected<Plan, std::string> make_plan(const Program& program, const Request& request);

// Whether the messages of such a cell can be followed: a round trip of the scenario `latency`.
bool can_be_explained(const RunSpec& spec);

// How long the plan's cells and trials will take, canaries and process set-up included.
std::uint64_t estimated_ns(const Program& program, const Plan& plan);

// The cell of a key (RunSpec::key()), in any order of its parts, with the defaults of its scenario
// for what the key leaves out; its times are 0. Error text in one sentence.
tl::expected<RunSpec, std::string> parse_key(const Program& program, const std::string& key);
// Likewise; `stated` gets the flags of the options that the key itself speaks of.
tl::expected<RunSpec, std::string> parse_key(const Program& program, const std::string& key,
                                             std::set<std::string>& stated);

}  // namespace ipcmark
