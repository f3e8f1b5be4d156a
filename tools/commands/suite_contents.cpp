#include "tools/commands/suite_contents.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "scenarios/plan/plan.hpp"

namespace ipcmark {

namespace {

using Texts = std::vector<std::string>;

// Names in the order in which the plan has them, each once.
void add_once(Texts& names, const std::string& name) {
  if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) {
    names.push_back(name);
  }
}

struct Contents {
  std::size_t cells = 0;
  std::uint32_t trials = 0;
  std::uint64_t seconds = 0;
  Texts timed, checked;
  std::vector<std::pair<std::string, Texts>> mechanisms;  // by group, locks and notifiers behind
  Texts runners;                                          // that the suite names
};

Texts& of_kind(Contents& contents, const std::string& kind) {
  for (auto& [name, names] : contents.mechanisms) {
    if (name == kind) return names;
  }
  return contents.mechanisms.emplace_back(kind, Texts{}).second;
}

void add_mechanisms(const Program& program, const Plan& plan, Contents& contents) {
  for (const char* group : mechanism_groups) of_kind(contents, group);
  for (const RunSpec& cell : plan.cells) {
    if (const BackendEntry* backend = program.registry.backend(cell.backend)) {
      add_once(of_kind(contents, to_string(backend->group)), cell.backend);
    }
    add_once(of_kind(contents, "locks"), cell.lock);
    add_once(of_kind(contents, "notifiers"), cell.notifier);
  }
  std::erase_if(contents.mechanisms, [](const auto& kind) { return kind.second.empty(); });
}

Contents contents_of(const Program& program, const SuiteText& suite) {
  Contents contents;
  contents.runners = runners_of_suite(suite.json);
  Request request;
  request.suite = suite.name;
  request.seed = 1;
  const auto plan = make_plan(program, request);
  if (!plan) return contents;
  contents.cells = plan->cells.size();
  contents.trials = plan->trials;
  contents.seconds = (plan->estimated_ns + 999'999'999U) / 1'000'000'000U;
  for (const RunSpec& cell : plan->cells) {
    const ScenarioEntry* scenario = program.scenario(cell.scenario);
    add_once(scenario->timed ? contents.timed : contents.checked, cell.scenario);
  }
  add_mechanisms(program, *plan, contents);
  return contents;
}

std::string time_text(std::uint64_t seconds) {
  constexpr std::uint64_t minute = 60;
  if (seconds < 2 * minute) return fmt::format("{} s", seconds);
  if (seconds < 60 * minute) return fmt::format("{} min", (seconds + minute - 1) / minute);
  return fmt::format("{} h", (seconds + 3599) / 3600);
}

}  // namespace

std::string contents_in_short(const Program& program, const SuiteText& suite) {
  const Contents contents = contents_of(program, suite);
  Texts parts{fmt::format("{} cells, about {}", contents.cells, time_text(contents.seconds))};
  if (!contents.timed.empty()) parts.push_back(fmt::format("{}", fmt::join(contents.timed, ", ")));
  if (!contents.checked.empty()) {
    parts.push_back(fmt::format("{} checked scenarios", contents.checked.size()));
  }
  Texts kinds;
  kinds.reserve(contents.mechanisms.size());
  for (const auto& [kind, names] : contents.mechanisms) {
    kinds.push_back(fmt::format("{} {}", names.size(), kind));
  }
  parts.push_back(fmt::format("{}", fmt::join(kinds, ", ")));
  if (!contents.runners.empty()) {
    parts.push_back(fmt::format("runners {}", fmt::join(contents.runners, ", ")));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string contents_in_full(const Program& program, const SuiteText& suite) {
  const Contents contents = contents_of(program, suite);
  std::string text = fmt::format("- Cells: {}, {} trials of each timed one; about {} here\n",
                                 contents.cells, contents.trials, time_text(contents.seconds));
  const auto add = [&text](const std::string& kind, const Texts& names) {
    if (!names.empty()) text += fmt::format("- {}: {}\n", kind, fmt::join(names, ", "));
  };
  add("Timed", contents.timed);
  add("Checked", contents.checked);
  for (const auto& [kind, names] : contents.mechanisms) {
    std::string title = kind;
    title.front() = static_cast<char>(title.front() - 'a' + 'A');
    add(title, names);
  }
  add("Runners, left out where they cannot be started", contents.runners);
  return text;
}

}  // namespace ipcmark
