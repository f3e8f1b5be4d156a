#include "scenarios/plan/plan.hpp"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "results/model/cell_options.hpp"
#include "results/text/nearest.hpp"
#include "scenarios/plan/named_options.hpp"
#include "scenarios/plan/selection.hpp"
#include "scenarios/plan/suite.hpp"
#include "scenarios/traffic/faults.hpp"

namespace ipcmark {

namespace {

constexpr std::uint32_t explained_rounds = 4;
constexpr std::uint64_t checked_messages = 200;  // of a timed scenario, in `ipcmark check`

using NameList = std::vector<std::string>;
using Problem = std::string;  // empty: none

unsigned cpus_of_kernel() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<unsigned>(CPU_COUNT(&set));
}

template <class Rows>
NameList names_of(const Rows& rows) {
  NameList names;
  for (const auto& row : rows) names.emplace_back(row.name);
  return names;
}

Problem unknown(const char* what, const std::string& name, const NameList& known) {
  const std::string meant = nearest(name, known);
  return meant.empty()
             ? fmt::format("unknown {} '{}'; known are {}", what, name, fmt::join(known, ", "))
             : fmt::format("unknown {} '{}'; did you mean '{}'?", what, name, meant);
}

Problem check_names(const char* what, const NameList& asked, const NameList& known) {
  for (const std::string& name : asked) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return unknown(what, name, known);
    }
  }
  return {};
}

bool has_count(const ScenarioEntry& scenario) {
  return std::any_of(scenario.options.begin(), scenario.options.end(),
                     [](const OptionRow& row) { return std::string_view{row.name} == "count"; });
}

// Who names a scenario and a number of messages means both.
Problem check_messages(const Request& request, const ScenarioEntry& named) {
  if (!request.names("messages") || named.timed || has_count(named)) return {};
  return fmt::format(
      "the scenario '{0}' has no number of messages; leave out --messages, or choose from its own "
      "options ('ipcmark list {0}')",
      named.name);
}

Problem check_named_messages(const Program& program, const Request& request) {
  for (const std::string& name : request.values("scenario")) {
    const ScenarioEntry* named = program.scenario(name);
    if (named == nullptr) continue;  // an unknown name has its own error message
    if (auto bad = check_messages(request, *named); !bad.empty()) return bad;
  }
  return {};
}

// A fault must be known to every scenario that is asked for.
Problem check_fault(const Program& program, const Request& request) {
  const NameList& scenarios = request.values("scenario");
  for (const std::string& fault : request.values("fault")) {
    for (const std::string& name : scenarios) {
      if (auto bad = fault_error(fault, program.scenario(name)); !bad.empty()) return bad;
    }
    if (!scenarios.empty()) continue;
    if (auto bad = fault_error(fault); !bad.empty()) return bad;
  }
  return {};
}

Problem check_contradictions(const Request& request) {
  if (request.names("messages") && request.names("duration")) {
    return "--messages and --duration exclude each other";
  }
  constexpr std::array<std::pair<const char*, const char*>, 11> exclusive{{{"size", "size-mix"},
                                                                           {"rate", "burst"},
                                                                           {"gap", "burst"},
                                                                           {"schedule", "burst"},
                                                                           {"one-way", "burst"},
                                                                           {"size", "replay"},
                                                                           {"size-mix", "replay"},
                                                                           {"burst", "replay"},
                                                                           {"rate", "replay"},
                                                                           {"schedule", "replay"},
                                                                           {"duration", "replay"}}};
  for (const auto& [one, other] : exclusive) {
    if (request.names(one) && request.names(other)) {
      return fmt::format("--{} and --{} exclude each other", one, other);
    }
  }
  if (request.names("messages") && request.names("replay")) {
    return "--messages and --replay exclude each other: a file is replayed as a whole";
  }
  for (const std::string& only : request.only) {
    if (std::find(request.exclude.begin(), request.exclude.end(), only) != request.exclude.end()) {
      return fmt::format("--only and --exclude both name '{}'; leave out one of them", only);
    }
  }
  return {};
}

Problem check_request(const Program& program, const Request& request) {
  const Registry& registry = program.registry;
  for (const Problem& problem :
       {check_names("backend", request.values("backend"), names_of(registry.backends)),
        check_names("lock", request.values("lock"), names_of(registry.locks)),
        check_names("notifier", request.values("notifier"), names_of(registry.notifiers)),
        check_names("scenario", request.values("scenario"), names_of(program.scenarios)),
        wrong_named(program, request), check_contradictions(request),
        check_named_messages(program, request)}) {
    if (!problem.empty()) return problem;
  }
  return check_fault(program, request);
}

tl::expected<Suite, std::string> suite_of(const Program& program, const Request& request) {
  if (request.suite_text) {
    auto suite = suite_from_json(program, *request.suite_text);
    if (suite) return suite;
    return tl::make_unexpected(fmt::format("'{}': {}", request.suite, suite.error()));
  }
  for (const SuiteText& text : built_in_suites()) {
    if (request.suite == text.name) return suite_from_json(program, text.json);
  }
  return tl::make_unexpected(unknown("suite", request.suite, names_of(built_in_suites())));
}

// What was named takes the place of the suite's own.
bool wanted(const NameList& asked, const std::optional<NameList>& of_suite, const char* name) {
  if (asked.empty() && !of_suite) return true;
  const NameList& names = asked.empty() ? *of_suite : asked;
  return std::find(names.begin(), names.end(), name) != names.end();
}

template <class Value>
std::vector<Value> numbers_of(const Request& request, const char* flag) {
  std::vector<Value> values;
  for (const std::string& text : request.values(flag)) {
    values.push_back(static_cast<Value>(*option_value(cell_option(flag)->rule, text)));
  }
  return values;
}

// Puts the cells together, in the order they are shown.
class Planner {
 public:
  Planner(const Program& program, const Request& request, const Suite& suite)
      : program_(program),
        request_(request),
        suite_(suite),
        named_(named_with(suite)),
        sizes_(numbers_of<std::uint64_t>(request, "size")),
        waits_(numbers_of<Wait>(request, "wait")),
        placements_(numbers_of<Placement>(request, "placement")) {
    const unsigned cpus = request.cpus_available == 0 ? cpus_of_kernel() : request.cpus_available;
    if (placements_.empty()) placements_ = suite.placements;
    if (placements_.empty()) {
      placements_ = {cpus >= 2 ? Placement::cross_cpu : Placement::unpinned};
      if (cpus < 2) {
        plan_.notes.emplace_back(
            "only one CPU is available: workers are not pinned (placement unpinned instead of "
            "cross-cpu), and figures are not comparable with those of two CPUs");
      }
    }
    plan_.untimed_trials = request.trials == 0 ? suite_.correctness_trials : request.trials;
    plan_.trials = request.trials == 0 ? suite_.trials : request.trials;
    if (request.correctness_only) plan_.trials = plan_.untimed_trials;
    plan_.suite = suite_.name;
    plan_.explain_rounds = suite_.explain ? explained_rounds : 0;
    plan_.seed = request.seed;
  }

  Plan make() {
    for (const ScenarioEntry& scenario : program_.scenarios) {
      if (request_.correctness_only && scenario.timed && !scenario.checked) continue;
      // Named by the user or by the suite, or not at all.
      const NameList& asked = request_.values("scenario");
      const bool on_request = scenario.on_request && !request_.correctness_only;
      if (on_request && asked.empty() && !suite_.scenarios) continue;
      if (wanted(asked, suite_.scenarios, scenario.name)) add_scenario(scenario);
    }
    return std::move(plan_);
  }

  // What was named and is not among `stated` changes the cell of a key; a cell for each
  // combination.
  std::vector<RunSpec> cells_of_key(const ScenarioEntry& scenario, RunSpec cell,
                                    std::set<std::string> stated) const {
    const Verify verify = cell.verify;
    apply(scenario, cell);
    if (stated.contains("verify")) cell.verify = verify;
    cell.seed = request_.seed;
    stated.insert({"scenario", "backend", "lock", "notifier"});
    return with_named(scenario, request_.named, cell, stated);
  }

 private:
  // The command line's options, and those of the suite that it does not name.
  NamedOptions named_with(const Suite& suite) const {
    NamedOptions named = request_.named;
    for (const auto& [flag, values] : suite.options) {
      const bool taken = flag == "messages" && request_.names("duration");
      if (!taken) named.try_emplace(flag, values);
    }
    return named;
  }

  void apply(const ScenarioEntry& scenario, RunSpec& cell) const {
    apply_suite(suite_, scenario, cell);
    if (!request_.correctness_only || !scenario.timed) return;
    // Of what is timed, a few messages, each looked at.
    cell.verify = Verify::full;
    cell.messages = checked_messages;
    cell.duration_ns = 0;
    cell.warmup_ns = 0;
  }

  void add_scenario(const ScenarioEntry& scenario) {
    const NameList& backends = request_.values("backend");
    const NameList& locks = request_.values("lock");
    const NameList& notifiers = request_.values("notifier");
    // Naming some mechanisms and none of another kind asks for no cells of that other kind.
    const bool none_named = backends.empty() && locks.empty() && notifiers.empty();
    if (scenario.uses_backend && (none_named || !backends.empty())) {
      for (const BackendEntry& backend : program_.registry.backends) {
        if (backends.empty() && suite_.basic_backends && !backend.basic) continue;
        if (wanted(backends, suite_.backends, backend.name)) add_backend(scenario, backend);
      }
    }
    if (scenario.uses_lock && (none_named || !locks.empty())) {
      for (const LockEntry& lock : program_.registry.locks) {
        if (wanted(locks, suite_.locks, lock.name)) add_over(scenario, &RunSpec::lock, lock.name);
      }
    }
    if (scenario.uses_notifier && (none_named || !notifiers.empty())) {
      for (const NotifierEntry& notifier : program_.registry.notifiers) {
        if (wanted(notifiers, suite_.notifiers, notifier.name))
          add_over(scenario, &RunSpec::notifier, notifier.name);
      }
    }
  }

  void add_backend(const ScenarioEntry& scenario, const BackendEntry& backend) {
    const bool timed = scenario.timed && !request_.correctness_only;
    const std::vector<std::uint64_t> sizes =
        timed ? sizes_of(suite_, scenario) : untimed_sizes_of(suite_, scenario);
    for (const std::uint64_t size : sizes_.empty() ? sizes : sizes_) {
      const std::vector<Wait> waits =
          waits_.empty() ? waits_of(suite_, backend, size, timed) : waits_;
      for (const Wait wait : waits) {
        RunSpec spec;
        spec.backend = backend.name;
        spec.size = size;
        spec.wait = wait;
        add_cells(scenario, spec);
      }
    }
  }

  void add_over(const ScenarioEntry& scenario, std::string RunSpec::*kind, const char* name) {
    RunSpec spec;
    spec.*kind = name;
    add_cells(scenario, spec);
  }

  void add_cells(const ScenarioEntry& scenario, RunSpec spec) {
    spec.scenario = scenario.name;
    spec.seed = request_.seed;
    for (const auto& variant : variants_of(suite_, scenario)) {
      for (const Placement placement : placements_) {
        spec.options.clear();
        spec.defaults.clear();
        resolve_options(program_, spec);
        for (const auto& [name, value] : variant) spec.options[name] = value;
        spec.placement = placement;
        apply(scenario, spec);
        for (const RunSpec& each : with_named(scenario, named_, spec, axes())) add_cell(each);
      }
    }
  }

  // What was asked may make two cells one ("--both-ways", a size named twice).
  void add_cell(const RunSpec& spec) {
    if (keys_.insert(spec.key()).second) plan_.cells.push_back(spec);
  }

  const Program& program_;
  const Request& request_;
  const Suite& suite_;
  NamedOptions named_;
  std::vector<std::uint64_t> sizes_;
  std::vector<Wait> waits_;
  std::vector<Placement> placements_;
  Plan plan_;
  std::set<std::string> keys_;
};

// Empty, or a sentence: the key says one thing of an option, and the option's own value another.
Problem contradiction(const Request& request, const std::string& key, const ScenarioEntry& scenario,
                      const RunSpec& cell, const std::set<std::string>& stated) {
  for (const std::string& flag : stated) {
    if (!request.names(flag)) continue;
    const NamedOptions alone{{flag, request.values(flag)}};
    const auto others = with_named(scenario, alone, cell, {});
    const bool same = std::any_of(others.begin(), others.end(), [&cell](const RunSpec& other) {
      return other.key() == cell.key();
    });
    if (same) continue;
    return fmt::format("the key '{}' and --{} {} contradict each other; leave out one of them", key,
                       flag, fmt::join(request.values(flag), ","));
  }
  return {};
}

using Cells = tl::expected<std::vector<RunSpec>, std::string>;

// One key of --only: a cell of the plan, else whatever the key says, with what else was named.
Cells cells_of_key(const Program& program, const Request& request, const Planner& planner,
                   const Plan& plan, const std::string& key) {
  for (const RunSpec& cell : plan.cells) {
    if (cell.key() == key) return std::vector{cell};
  }
  std::set<std::string> stated;
  const auto parsed = parse_key(program, key, stated);
  if (!parsed) return tl::make_unexpected(parsed.error());
  const ScenarioEntry& scenario = *program.scenario(parsed->scenario);
  if (request.correctness_only && scenario.timed && !scenario.checked) {
    return tl::make_unexpected(
        fmt::format("{} measures times and decides nothing; 'ipcmark run --only {}' measures it",
                    scenario.name, key));
  }
  for (const Problem& bad : {contradiction(request, key, scenario, *parsed, stated),
                             check_messages(request, scenario)}) {
    if (!bad.empty()) return tl::make_unexpected(bad);
  }
  // A key does not say where the file is.
  if (request.names("replay")) stated.erase("replay");
  return planner.cells_of_key(scenario, *parsed, std::move(stated));
}

// What --only and --exclude leave of the plan.
Cells selected(const Program& program, const Request& request, const Planner& planner,
               const Plan& plan) {
  std::vector<RunSpec> cells = request.only.empty() ? plan.cells : std::vector<RunSpec>{};
  for (const std::string& only : request.only) {
    auto some = is_pattern(only) ? matching(plan.cells, only)
                                 : cells_of_key(program, request, planner, plan, only);
    if (!some) return some;
    for (RunSpec& cell : *some) {
      if (std::find(cells.begin(), cells.end(), cell) == cells.end()) cells.push_back(cell);
    }
  }
  return without(std::move(cells), request.exclude);
}

Problem check_cells(const Program& program, const Request& request,
                    const std::vector<RunSpec>& cells) {
  if (cells.empty()) {
    return "nothing to run: no scenario asked for runs over the backends or locks asked for";
  }
  for (const RunSpec& cell : cells) {
    if (auto bad = beyond_limits(cell); !bad.empty()) return bad;
    if (!cell.replay.empty() && cell.replay_file.empty()) {
      return fmt::format("the key names {}, and not where it is; add --replay FILE", cell.replay);
    }
  }
  return unreached(program, request.named, cells);
}

// The number of trials of each timed cell that fills the budget. Empty, or a sentence.
Problem spend(std::uint64_t budget_ns, const Program& program, Plan& plan) {
  if (budget_ns == 0) return {};
  constexpr std::uint32_t min_trials = 3;
  constexpr std::uint32_t max_trials = 1000;
  const auto needs = [&program, &plan](std::uint32_t trials) {
    plan.trials = trials;
    return estimated_ns(program, plan);
  };
  if (const std::uint64_t min = needs(min_trials); min > budget_ns) {
    return fmt::format(
        "--budget: {} cells need about {} s for {} trials each; name a longer one or fewer cells",
        plan.cells.size(), min / 1'000'000'000U + 1, min_trials);
  }
  std::uint32_t fits = min_trials;
  std::uint32_t beyond = max_trials + 1;
  while (beyond - fits > 1) {
    const std::uint32_t middle = fits + (beyond - fits) / 2;
    (needs(middle) <= budget_ns ? fits : beyond) = middle;
  }
  plan.trials = fits;
  return {};
}

}  // namespace

tl::expected<Plan, std::string> make_plan(const Program& program, const Request& request) {
  if (const Problem problem = check_request(program, request); !problem.empty()) {
    return tl::make_unexpected(problem);
  }
  const auto suite = suite_of(program, request);
  if (!suite) return tl::make_unexpected(suite.error());
  Planner planner(program, request, *suite);
  Plan plan = planner.make();
  auto cells = selected(program, request, planner, plan);
  if (!cells) return tl::make_unexpected(cells.error());
  plan.cells = std::move(*cells);
  if (Problem bad = check_cells(program, request, plan.cells); !bad.empty()) {
    return tl::make_unexpected(std::move(bad));
  }
  plan.cells_of_all_shards = plan.cells.size();
  if (request.shard) {  // last of what chooses cells: its parts are of one whole
    plan.shard = shard_text(*request.shard);
    keep_shard(*request.shard, plan.cells);
  }
  if (auto bad = spend(request.budget_ns, program, plan); !bad.empty()) {
    return tl::make_unexpected(std::move(bad));
  }
  plan.estimated_ns = estimated_ns(program, plan);
  return plan;
}

bool can_be_explained(const RunSpec& spec) {
  return spec.scenario == "latency" && spec.option("one_way", 0) == 0 &&
         spec.option("pairs", 1) == 1 && spec.burst.empty();
}

}  // namespace ipcmark
