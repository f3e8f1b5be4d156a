// What a suite runs when nothing else is asked: sizes, waits, counts and times. A suite is a JSON
// file, described by ipcmark.suite.schema.json; those in suites/ are part of the program.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "scenarios/plan/request.hpp"
#include "scenarios/scenario.hpp"

namespace ipcmark {

using Variants = std::vector<std::map<std::string, std::int64_t>>;  // options, a cell for each

struct Suite {
  std::string name = "custom";
  std::uint32_t trials = 6;              // of each cell of a timed scenario
  std::uint32_t correctness_trials = 1;  // of the others
  std::uint64_t warmup_ns = 15'000'000;
  std::uint64_t duration_ns = 90'000'000;
  std::vector<std::uint64_t> sizes = {64};              // of the timed scenarios
  std::vector<Wait> waits = {Wait::block, Wait::spin};  // empty: every one but poll
  std::vector<Placement> placements;                    // empty: chosen by the machine's CPUs
  Verify verify = Verify::off;                          // of the timed scenarios
  bool explain = false;                                 // its round trips, after the last trial
  // Names; none: all of them.
  std::optional<std::vector<std::string>> scenarios, backends, locks, notifiers;
  bool basic_backends = false;  // of all backends those alone that are basic
  struct Setting {
    std::vector<std::uint64_t> sizes;  // empty: the suite's, or the scenario's default
    std::optional<Variants> variants;  // none: the scenario's own
    std::uint64_t messages = 0;        // of each trial, in place of a time; 0: the suite's time
  };
  std::map<std::string, Setting> settings;  // by scenario
  // --runner, as the command line has it. Who plans has added their mechanisms to the program.
  std::vector<std::string> runners;
  NamedOptions options;  // of every cell that they mean something to
};

struct SuiteText {
  const char* name;
  const char* summary;
  const char* json;
};
// Those that are part of the program, in alphabetical order.
const std::vector<SuiteText>& built_in_suites();

// The error is one sentence that names the field by its JSON pointer, or line and column where the
// text is not JSON; names that `program` does not know are errors.
tl::expected<Suite, std::string> suite_from_json(const Program& program, std::string_view text);

// The runners that a suite names; none where the text is no suite.
std::vector<std::string> runners_of_suite(std::string_view text);

// What the suite says of one scenario.
std::vector<std::uint64_t> sizes_of(const Suite& suite, const ScenarioEntry& scenario);
// Likewise, where even what is timed is run for its verdict.
std::vector<std::uint64_t> untimed_sizes_of(const Suite& suite, const ScenarioEntry& scenario);
const Variants& variants_of(const Suite& suite, const ScenarioEntry& scenario);

// The waits a suite runs a backend with; block alone when it is not compiled in (one cell then
// stands for it).
std::vector<Wait> waits_of(const Suite& suite, const BackendEntry& backend, std::uint64_t size,
                           bool timed);

// Sets what every cell of a scenario has: verification, times.
void apply_suite(const Suite& suite, const ScenarioEntry& scenario, RunSpec& spec);

}  // namespace ipcmark
