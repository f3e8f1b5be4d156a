#include "scenarios/plan/plan.hpp"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <set>

#include "backends/saturating.hpp"
#include "results/text/nearest.hpp"
#include "scenarios/plan/suite.hpp"
#include "scenarios/timing/due_time.hpp"
#include "scenarios/timing/stop_condition.hpp"
#include "scenarios/traffic/faults.hpp"

namespace ipcmark {

namespace {

using NameList = std::vector<std::string>;
using Complaint = std::string;  // empty: none

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

Complaint unknown(const char* what, const std::string& name, const NameList& known) {
  const std::string meant = nearest(name, known);
  return meant.empty()
             ? fmt::format("unknown {} '{}'; known are {}", what, name, fmt::join(known, ", "))
             : fmt::format("unknown {} '{}'; did you mean '{}'?", what, name, meant);
}

Complaint check_names(const char* what, const NameList& asked, const NameList& known) {
  for (const std::string& name : asked) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return unknown(what, name, known);
    }
  }
  return {};
}

NameList option_names(const Program& program, const NameList& scenarios) {
  NameList names;
  for (const ScenarioEntry& scenario : program.scenarios) {
    const bool chosen = scenarios.empty() || std::find(scenarios.begin(), scenarios.end(),
                                                       scenario.name) != scenarios.end();
    if (!chosen) continue;
    for (const OptionRow& row : scenario.options) names.emplace_back(row.name);
  }
  return names;
}

Complaint check_options(const Program& program, const Request& request) {
  NameList asked;
  for (const auto& [name, value] : request.options) {
    asked.push_back(name);
  }
  for (const auto& [name, values] : request.sweeps) asked.push_back(name);
  const NameList known = option_names(program, request.scenarios);
  if (!asked.empty() && known.empty()) {
    return fmt::format("none of the scenarios has an option '{}'", asked.front());
  }
  return check_names("option", asked, known);
}

const OptionRow* count_of(const ScenarioEntry& scenario) {
  for (const OptionRow& row : scenario.options) {
    if (std::string_view{row.name} == "count") return &row;
  }
  return nullptr;
}

// Who names a scenario and a number of messages means both.
Complaint check_messages(const Request& request, const ScenarioEntry& named) {
  if (request.messages == 0 || named.timed || count_of(named) != nullptr) return {};
  return fmt::format(
      "the scenario '{0}' has no number of messages; leave out --messages, or choose from its own "
      "options ('ipcmark list {0}')",
      named.name);
}

Complaint check_named_messages(const Program& program, const Request& request) {
  for (const std::string& name : request.scenarios) {
    const ScenarioEntry* named = program.scenario(name);
    if (named == nullptr) continue;  // an unknown name has its own complaint
    if (auto bad = check_messages(request, *named); !bad.empty()) return bad;
  }
  return {};
}

// What every cell takes over as it is.
Complaint check_limits(const Request& request) {
  RunSpec asked;
  asked.messages = request.messages;
  asked.duration_ns = request.duration_ns;
  asked.cpus = request.cpus;
  asked.options = request.options;
  for (const auto& [name, values] : request.sweeps) {
    for (const std::int64_t value : values) {
      asked.options[name] = value;
      if (auto bad = beyond_limits(asked); !bad.empty()) return bad;
    }
  }
  for (const std::uint64_t size : request.sizes) {
    asked.size = size;
    if (auto bad = beyond_limits(asked); !bad.empty()) return bad;
  }
  return beyond_limits(asked);
}

Complaint check_values(const Request& request) {
  if (!request.verify.empty() && !verify_from(request.verify)) {
    return unknown("--verify", request.verify, {"off", "header", "full"});
  }
  if (!request.touch.empty() && !touch_from(request.touch)) {
    return unknown("--touch", request.touch, {"none", "full"});
  }
  if (request.messages != 0 && request.duration_ns != 0) {
    return "--messages and --duration exclude each other";
  }
  return check_limits(request);
}

// A fault must be known to every scenario that is asked for.
Complaint check_fault(const Program& program, const Request& request) {
  for (const std::string& name : request.scenarios) {
    if (auto bad = fault_error(request.fault, program.scenario(name)); !bad.empty()) return bad;
  }
  return request.scenarios.empty() ? fault_error(request.fault) : Complaint{};
}

Complaint check_request(const Program& program, const Request& request) {
  for (const Complaint& complaint :
       {check_names("backend", request.backends, names_of(program.registry.backends)),
        check_names("lock", request.locks, names_of(program.registry.locks)),
        check_names("notifier", request.notifiers, names_of(program.registry.notifiers)),
        check_names("scenario", request.scenarios, names_of(program.scenarios)),
        check_options(program, request), check_values(request),
        check_named_messages(program, request)}) {
    if (!complaint.empty()) return complaint;
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

// Puts the cells together, in the order they are shown.
class Planner {
 public:
  Planner(const Program& program, const Request& request, const Suite& suite)
      : program_(program), request_(request), suite_(suite) {
    const unsigned cpus = request.cpus_available == 0 ? cpus_of_kernel() : request.cpus_available;
    placements_ = request.placements.empty() ? suite.placements : request.placements;
    if (placements_.empty()) {
      placements_ = {cpus >= 2 ? Placement::cross_cpu : Placement::unpinned};
      if (cpus < 2) {
        plan_.notes.emplace_back(
            "only one CPU is available: workers are not pinned (placement unpinned instead of "
            "cross-cpu), and figures are not comparable with those of two CPUs");
      }
    }
    plan_.trials = request.trials == 0 ? suite_.trials : request.trials;
    plan_.untimed_trials = request.trials == 0 ? suite_.correctness_trials : request.trials;
    plan_.suite = suite_.name;
    plan_.seed = request.seed;
  }

  Plan make() {
    for (const ScenarioEntry& scenario : program_.scenarios) {
      if (request_.correctness_only && scenario.timed) continue;
      // Named by the user or by the suite, or not at all.
      if (scenario.on_request && request_.scenarios.empty() && !suite_.scenarios) continue;
      if (wanted(request_.scenarios, suite_.scenarios, scenario.name)) add_scenario(scenario);
    }
    return std::move(plan_);
  }

  // Applies what was asked for by name; everything else stays as it is.
  void apply_request(const ScenarioEntry& scenario, RunSpec& spec) const {
    spec.seed = request_.seed;
    if (!request_.cpus.empty()) spec.cpus = request_.cpus;
    if (request_.depth != 0) spec.depth = request_.depth;
    if (request_.batch != 0) spec.batch = request_.batch;
    if (request_.zero_copy) spec.zero_copy = true;
    if (!request_.fault.empty()) spec.fault = request_.fault;
    if (!request_.verify.empty()) spec.verify = *verify_from(request_.verify);
    if (!request_.touch.empty()) spec.touch = *touch_from(request_.touch);
    set_amount(scenario, spec);
    for (const OptionRow& row : scenario.options) {
      const auto asked = request_.options.find(row.name);
      if (asked != request_.options.end()) set_option(row, asked->second, spec);
    }
  }

 private:
  // The key holds what differs from the scenario's default, so that one cell has one key.
  static void set_option(const OptionRow& row, std::int64_t value, RunSpec& spec) {
    if (value == row.otherwise) {
      spec.options.erase(row.name);
    } else {
      spec.options[row.name] = value;
    }
  }

  // A copy for each value of each swept option that the scenario has.
  std::vector<RunSpec> swept(const ScenarioEntry& scenario, const RunSpec& spec) const {
    std::vector<RunSpec> specs{spec};
    for (const OptionRow& row : scenario.options) {
      const auto sweep = request_.sweeps.find(row.name);
      if (sweep == request_.sweeps.end()) continue;
      std::vector<RunSpec> more;
      more.reserve(specs.size() * sweep->second.size());
      for (const std::int64_t value : sweep->second) {
        for (const RunSpec& each : specs) set_option(row, value, more.emplace_back(each));
      }
      specs = std::move(more);
    }
    return specs;
  }

  // What is not timed ends with its work: how much that is says its option `count`, and so the key.
  void set_amount(const ScenarioEntry& scenario, RunSpec& spec) const {
    if (!scenario.timed) {
      const OptionRow* count = count_of(scenario);
      if (request_.messages == 0 || count == nullptr) return;
      return set_option(*count, static_cast<std::int64_t>(request_.messages), spec);
    }
    if (request_.duration_ns != 0) spec.duration_ns = request_.duration_ns;
    if (request_.messages == 0) return;
    spec.messages = request_.messages;
    spec.duration_ns = 0;
  }

  void add_scenario(const ScenarioEntry& scenario) {
    // Naming some mechanisms and none of another kind asks for no cells of that other kind.
    const bool none_named =
        request_.backends.empty() && request_.locks.empty() && request_.notifiers.empty();
    if (scenario.uses_backend && (none_named || !request_.backends.empty())) {
      for (const BackendEntry& backend : program_.registry.backends) {
        if (wanted(request_.backends, suite_.backends, backend.name))
          add_backend(scenario, backend);
      }
    }
    if (scenario.uses_lock && (none_named || !request_.locks.empty())) {
      for (const LockEntry& lock : program_.registry.locks) {
        if (wanted(request_.locks, suite_.locks, lock.name)) add_lock(scenario, lock);
      }
    }
    if (scenario.uses_notifier && (none_named || !request_.notifiers.empty())) {
      for (const NotifierEntry& notifier : program_.registry.notifiers) {
        if (wanted(request_.notifiers, suite_.notifiers, notifier.name))
          add_notifier(scenario, notifier);
      }
    }
  }

  void add_backend(const ScenarioEntry& scenario, const BackendEntry& backend) {
    for (const std::uint64_t size :
         request_.sizes.empty() ? sizes_of(suite_, scenario) : request_.sizes) {
      const std::vector<Wait> waits =
          request_.waits.empty() ? waits_of(suite_, backend, size, scenario.timed) : request_.waits;
      for (const Wait wait : waits) {
        RunSpec spec;
        spec.backend = backend.name;
        spec.size = size;
        spec.wait = wait;
        add_cells(scenario, spec);
      }
    }
  }

  void add_lock(const ScenarioEntry& scenario, const LockEntry& lock) {
    RunSpec spec;
    spec.lock = lock.name;
    add_cells(scenario, spec);
  }

  void add_notifier(const ScenarioEntry& scenario, const NotifierEntry& notifier) {
    RunSpec spec;
    spec.notifier = notifier.name;
    add_cells(scenario, spec);
  }

  void add_cells(const ScenarioEntry& scenario, RunSpec spec) {
    spec.scenario = scenario.name;
    for (const auto& variant : variants_of(suite_, scenario)) {
      for (const Placement placement : placements_) {
        spec.options = variant;
        spec.placement = placement;
        apply_suite(suite_, scenario, spec);
        apply_request(scenario, spec);
        for (const RunSpec& each : swept(scenario, spec)) add_cell(each);
      }
    }
  }

  // What was asked may make two cells one ("--both_ways 1", a size named twice).
  void add_cell(const RunSpec& spec) {
    if (keys_.insert(spec.key()).second) plan_.cells.push_back(spec);
  }

  const Program& program_;
  const Request& request_;
  const Suite& suite_;
  std::vector<Placement> placements_;
  Plan plan_;
  std::set<std::string> keys_;
};

// What a trial takes beside its loop: processes, opening, canaries; from quick runs on two cores.
constexpr std::uint64_t trial_overhead_ns = 40'000'000;
constexpr std::uint64_t untimed_loop_ns = 60'000'000;
constexpr std::uint64_t guessed_message_ns = 20'000;

// Whether the request says which cells to run, apart from --only.
bool selects(const Request& request) {
  return !(request.backends.empty() && request.scenarios.empty() && request.locks.empty() &&
           request.notifiers.empty() && request.sizes.empty() && request.waits.empty() &&
           request.placements.empty());
}

// The cell of --only: one of the plan's, else whatever the key says.
tl::expected<RunSpec, std::string> only_cell(const Program& program, const Request& request,
                                             const Suite& suite, const Plan& plan) {
  for (const RunSpec& cell : plan.cells) {
    if (cell.key() == request.only) return cell;
  }
  auto parsed = parse_key(program, request.only);
  if (!parsed) return parsed;
  if (selects(request)) {
    return tl::make_unexpected(fmt::format(
        "the cell '{}' is not among those that the other options select; leave them out",
        request.only));
  }
  const ScenarioEntry& scenario = *program.scenario(parsed->scenario);
  const Planner planner(program, request, suite);
  const Verify verify = parsed->verify;
  apply_suite(suite, scenario, *parsed);
  if (request.only.find("verify=") != std::string::npos) parsed->verify = verify;
  planner.apply_request(scenario, *parsed);
  return parsed;
}

// The number of trials of each timed cell that fills the budget. Empty, or a sentence.
Complaint spend(std::uint64_t budget_ns, const Program& program, Plan& plan) {
  if (budget_ns == 0) return {};
  constexpr std::uint32_t min_trials = 3;
  constexpr std::uint32_t max_trials = 1000;
  const auto needs = [&program, &plan](std::uint32_t trials) {
    plan.trials = trials;
    return estimated_ns(program, plan);
  };
  if (const std::uint64_t least = needs(min_trials); least > budget_ns) {
    return fmt::format(
        "--budget: {} cells need about {} s for {} trials each; name a longer one or fewer cells",
        plan.cells.size(), least / 1'000'000'000U + 1, min_trials);
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
  if (const Complaint complaint = check_request(program, request); !complaint.empty()) {
    return tl::make_unexpected(complaint);
  }
  const auto suite = suite_of(program, request);
  if (!suite) return tl::make_unexpected(suite.error());
  Plan plan = Planner(program, request, *suite).make();
  if (!request.only.empty()) {
    const auto cell = only_cell(program, request, *suite, plan);
    if (!cell) return tl::make_unexpected(cell.error());
    if (auto bad = check_messages(request, *program.scenario(cell->scenario)); !bad.empty()) {
      return tl::make_unexpected(std::move(bad));
    }
    plan.cells = {*cell};
  }
  for (const RunSpec& cell : plan.cells) {
    if (auto bad = beyond_limits(cell); !bad.empty()) return tl::make_unexpected(std::move(bad));
  }
  if (plan.cells.empty()) {
    return tl::make_unexpected(std::string(
        "nothing to run: no scenario asked for runs over the backends or locks asked for"));
  }
  if (auto bad = spend(request.budget_ns, program, plan); !bad.empty()) {
    return tl::make_unexpected(std::move(bad));
  }
  plan.estimated_ns = estimated_ns(program, plan);
  return plan;
}

std::uint64_t estimated_ns(const Program& program, const Plan& plan) {
  std::uint64_t total = 0;
  for (const RunSpec& spec : plan.cells) {
    const ScenarioEntry* scenario = program.scenario(spec.scenario);
    const bool timed = scenario != nullptr && scenario->timed;
    const std::uint64_t loop =
        spec.messages != 0
            ? saturating_product(spec.messages, saturating_sum(guessed_message_ns, gap_of(spec)))
            : std::max(spec.duration_ns, saturating_product(least_trips, gap_of(spec)));
    // A third of the warm-ups is longer than its least.
    const std::uint64_t warm_up = saturating_sum(spec.warmup_ns, spec.warmup_ns / 3);
    const std::uint64_t trial =
        trial_overhead_ns + (timed ? saturating_sum(warm_up, loop) : untimed_loop_ns);
    total =
        saturating_sum(total, saturating_product(timed ? plan.trials : plan.untimed_trials, trial));
  }
  return total;
}

}  // namespace ipcmark
