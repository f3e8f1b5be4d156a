#include "tools/commands/advise_plan.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "scenarios/machine/placement.hpp"
#include "scenarios/plan/capability_facts.hpp"

namespace ipcmark {

namespace {

constexpr std::uint32_t default_trials = 6;     // the fewest whose range is an interval
constexpr std::uint32_t tail_trials = 20;       // the fewest that publish a p99
constexpr std::int64_t default_count = 10'000;  // messages of a sender: some ms where it is fast
constexpr std::int64_t min_count = 50;
constexpr std::int64_t tail_count = 12'000;        // 1 % of it is more than a hundred
constexpr std::uint64_t max_bytes = 64U << 20U;    // of one sender in one trial
constexpr std::uint64_t default_ns = 100'000'000;  // measured part of a trial
constexpr std::uint64_t tail_ns = 400'000'000;
constexpr std::uint64_t longest_ns = 3'000'000'000;

bool is_tail(const Need& need) { return need.p99_ns != 0; }

// How much is sent in a trial of a scenario that ends with its work.
std::int64_t count_of(const Need& need) {
  if (need.exchange == Exchange::signals) return is_tail(need) ? tail_count : default_count;
  const auto fitting = static_cast<std::int64_t>(max_bytes / std::max<std::uint64_t>(need.size, 1));
  return std::clamp(fitting, min_count, default_count);
}

// How long a trial is where it ends with its time.
std::uint64_t duration_of(const Need& need) {
  const std::uint64_t min = is_tail(need) ? tail_ns : default_ns;
  if (need.exchange != Exchange::offered) return min;
  const double samples = is_tail(need) ? 11'000 : 500;  // a hundred beyond the quantile, and some
  const double seconds = samples / static_cast<double>(need.rate);
  return std::clamp(static_cast<std::uint64_t>(seconds * 1e9), min, longest_ns);
}

Request request_of(const Program& program, const Need& need, const AdvisePlanOptions& options) {
  const Catalogue catalogue = catalogue_of(program);
  const Basis basis = basis_of(need, catalogue);
  Request request = options.cells;
  request.suite = "advise";
  request.suite_text = R"({"name": "advise", "waits": "all"})";
  // What was named comes before what the need would take.
  const auto choose = [&request](const std::string& flag, std::vector<std::string> values) {
    if (!values.empty()) request.named.try_emplace(flag, std::move(values));
  };
  choose("scenario", {basis.scenario});
  if (need.exchange == Exchange::signals) {
    choose("count", {std::to_string(count_of(need))});
  } else {
    choose("backend", need.network && options.backends.empty() ? network_mechanisms(catalogue)
                                                               : options.backends);
    choose("size", {fmt::format("{}", basis.size)});
    choose("wait", {"block", "spin"});
  }
  if (need.exchange == Exchange::fan_in || need.exchange == Exchange::fan_out) {
    choose("count", {std::to_string(count_of(need))});
  } else if (need.exchange != Exchange::signals) {
    choose("duration", {fmt::format("{}ns", duration_of(need))});
  }
  for (const Basis::Option& option : basis.options) {
    for (const OptionRow& row : program.scenario(basis.scenario)->options) {
      if (std::string_view(row.name) == option.name) {
        choose(row.flag(), {option_text(row.rule, option.value)});
      }
    }
  }
  request.trials = options.trials != 0 ? options.trials
                   : is_tail(need)     ? tail_trials
                                       : default_trials;
  request.seed = options.seed;
  return request;
}

bool needs_ping_pong(const Need& need) {
  if (need.exchange == Exchange::two_way || need.exchange == Exchange::signals) return false;
  return need.rate != 0 || need.p99_ns != 0;
}

// Ends that spin while others wait for their CPU show the scheduler's time slices, for minutes.
bool all_have_a_cpu(const Program& program, const BackendEntry& backend, const RunSpec& cell) {
  const ScenarioEntry* scenario = program.scenario(cell.scenario);
  return scenario->layout(cell, &backend).roles.size() <= allowed_cpus().size();
}

bool can(const Program& program, const RunSpec& cell) {
  const BackendEntry* backend = program.registry.backend(cell.backend);
  if (backend == nullptr || backend->capabilities == nullptr) return cell.backend.empty();
  const Capabilities capabilities = backend->capabilities(plain_channel(cell));
  if (capabilities.one_process) return false;
  if (cell.wait != Wait::spin) return capabilities.block;
  return capabilities.spin && all_have_a_cpu(program, *backend, cell);
}

}  // namespace

tl::expected<Plan, std::string> plan_for(const Program& program, const Need& need,
                                         const AdvisePlanOptions& options) {
  std::vector<Need> needs{need};
  if (needs_ping_pong(need)) {
    needs.push_back(need);
    needs.back().exchange = Exchange::two_way;
  }
  Plan plan;
  for (const Need& each : needs) {
    auto part = make_plan(program, request_of(program, each, options));
    if (!part) return part;
    std::vector<RunSpec> cells = std::move(plan.cells);
    const std::uint64_t estimated = plan.estimated_ns;
    std::copy_if(part->cells.begin(), part->cells.end(), std::back_inserter(cells),
                 [&program](const RunSpec& cell) { return can(program, cell); });
    plan = std::move(*part);
    plan.cells = std::move(cells);
    plan.estimated_ns += estimated;
  }
  if (plan.cells.empty()) {
    return tl::make_unexpected(
        std::string("nothing to measure: no mechanism of this build does what is asked"));
  }
  return plan;
}

}  // namespace ipcmark
