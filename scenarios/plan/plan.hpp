// From what was asked to the list of cells: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/scenario.hpp"

namespace ipcmark {

// What the user asked for; empty lists mean "the suite's own".
struct Request {
  std::string suite = "quick";  // one of built_in_suites(), or the file that suite_text is from
  std::optional<std::string> suite_text;  // the suite's JSON; none: built in
  std::vector<std::string> backends, scenarios, locks, notifiers;
  bool correctness_only = false;  // of the scenarios, those that are not timed
  std::vector<std::uint64_t> sizes;
  std::vector<Wait> waits;
  std::vector<Placement> placements;
  std::vector<int> cpus;
  std::uint32_t trials = 0;
  std::uint64_t budget_ns = 0;  // not 0: as many trials as end within it, by estimated_ns()
  std::uint64_t messages = 0, duration_ns = 0;
  std::uint32_t depth = 0, batch = 0;
  std::string verify, touch;  // empty: the scenario's own
  bool zero_copy = false;
  std::uint64_t seed = 0;  // 0: chosen at random by the caller beforehand
  std::map<std::string, std::int64_t> options;
  // Options with several values: a cell for each, in every combination.
  std::map<std::string, std::vector<std::int64_t>> sweeps;
  std::string only;  // a cell's key: of the suite, or any other
  std::string fault;
  unsigned cpus_available = 0;  // how many CPUs the placement may use; 0: as the kernel says
};

struct Plan {
  std::string suite;  // its name
  std::vector<RunSpec> cells;
  // Of `cells`, by position: the first round begins with these, so that rows of the table that will
  // be shown first can be shown early. Empty: it begins with any.
  std::vector<std::size_t> first_table;
  std::uint32_t trials = 0;          // of each timed cell
  std::uint32_t untimed_trials = 1;  // of the others: more only when a number was asked for
  std::uint64_t seed = 0;
  std::uint64_t estimated_ns = 0;  // whole run, canaries and process set-up included
  // What was chosen otherwise than usual because of the machine, one sentence each.
  std::vector<std::string> notes;
};

// Error text (one sentence, with a suggestion for a misspelt name) or the plan. Cells that a
// backend's capabilities rule out stay in the plan; run_trial() reports them as skipped with the
// reason.
tl::expected<Plan, std::string> make_plan(const Program& program, const Request& request);

// How long the plan's cells and trials will take, canaries and process set-up included.
std::uint64_t estimated_ns(const Program& program, const Plan& plan);

// The cell of a key (RunSpec::key()), in any order of its parts, with the defaults of its scenario
// for what the key leaves out; its times are 0. Error text in one sentence.
tl::expected<RunSpec, std::string> parse_key(const Program& program, const std::string& key);

}  // namespace ipcmark
