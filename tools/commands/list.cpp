// ipcmark list: the tables of all that can be measured, and whether each works here and now.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "results/text/nearest.hpp"
#include "scenarios/foreign/runner_list.hpp"
#include "scenarios/plan/plan.hpp"
#include "scenarios/plan/suite.hpp"
#include "tools/command_line.hpp"
#include "tools/commands/list_pages.hpp"
#include "tools/commands/preflight.hpp"
#include "tools/commands/suite_contents.hpp"
#include "tools/options/runner_options.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

// Left-aligned columns, each as wide as its widest cell; the last one runs free. A row of one cell
// is a heading.
void print_rows(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size() && row.size() > 1; ++i)
      widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += i + 1 == row.size() ? row[i] : fmt::format("{:<{}}  ", row[i], widths[i]);
    }
    if (!row.empty()) show("{}{}\n", row.size() == 1 ? "" : "  ", line);
  }
}

using Rows = std::vector<std::vector<std::string>>;

// Each group of them together, in the table's order; add(entry, rows) makes an entry's row.
template <class Entry, class Add>
Rows rows_in_groups(std::vector<Entry> entries, Add add) {
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.group < b.group; });
  Rows rows;
  std::optional<MechanismGroup> group;
  for (const Entry& entry : entries) {
    if (entry.group != group) rows.push_back({fmt::format(" {}", to_string(entry.group))});
    group = entry.group;
    add(entry, rows);
  }
  return rows;
}

void list_backends(const Program& program) {
  show("Backends (name, waits, senders:receivers for small messages)\n");
  std::vector<std::string> impossible;
  const auto add = [&impossible](const BackendEntry& backend, Rows& rows) {
    if (*backend.compiled_out != '\0') {
      rows.push_back({backend.name, "-", "-", backend.summary});
      impossible.push_back(
          fmt::format("{}: not in this build: {}", backend.name, backend.compiled_out));
      return;
    }
    const ChannelSpec plain;
    const Capabilities capabilities = backend.capabilities(plain);
    rows.push_back({backend.name, waits_text(capabilities), traits_text(backend, capabilities),
                    backend.summary});
    if (const std::string why = backend.probe(plain); !why.empty()) impossible.push_back(why);
  };
  print_rows(rows_in_groups(program.registry.backends, add));
  for (const std::string& why : impossible) show("  not possible now: {}\n", why);
}

void list_locks(const Program& program) {
  show("Locks (name, what the next locker meets when the holder was killed)\n");
  std::vector<std::string> impossible;
  const auto add = [&impossible](const LockEntry& lock, Rows& rows) {
    rows.push_back({lock.name, lock.exclusive ? to_string(lock.owner_death) : "-", lock.summary});
    if (*lock.compiled_out != '\0') {
      impossible.push_back(fmt::format("{}: not in this build: {}", lock.name, lock.compiled_out));
    } else if (const std::string why = lock.probe == nullptr ? "" : lock.probe(); !why.empty()) {
      impossible.push_back(why);
    }
  };
  print_rows(rows_in_groups(program.registry.locks, add));
  for (const std::string& why : impossible) show("  not possible now: {}\n", why);
}

void list_scenarios(const Program& program) {
  show("Scenarios\n");
  std::vector<std::vector<std::string>> rows;
  for (const ScenarioEntry& scenario : program.scenarios) {
    rows.push_back({scenario.name, scenario.timed ? "timed" : "checked", scenario.summary});
  }
  print_rows(rows);
}

void list_figures(const Program& program) {
  show("Figures (name, unit, which is better, of which scenario)\n");
  std::vector<std::vector<std::string>> rows;
  const auto add = [&rows](const FigureEntry& figure, const char* scenario) {
    rows.push_back(
        {figure.name, to_string(figure.unit), to_string(figure.better), scenario, figure.sentence});
  };
  const Catalogue catalogue = catalogue_of(program);
  for (const FigureEntry& figure : catalogue.shared) add(figure, "every");
  for (const ScenarioFacts& scenario : catalogue.scenarios) {
    for (const FigureEntry& figure : scenario.figures) add(figure, scenario.name.c_str());
  }
  print_rows(rows);
}

void list_suites(const Program& program) {
  show("Suites (for --suite; FILE.json for one of your own)\n");
  std::vector<std::vector<std::string>> rows;
  for (const SuiteText& suite : built_in_suites()) {
    rows.push_back({suite.name, suite.summary});
    rows.push_back({"", contents_in_short(program, suite)});
  }
  print_rows(rows);
}

void list_runners() {
  const std::vector<std::string> names = installed_runners();
  if (names.empty()) return;
  show("Runners (--runner NAME adds the mechanisms of a program of another language)\n  {}\n",
       fmt::join(names, ", "));
}

void list_notifiers(const Program& program) {
  show("Notifiers (name, whether n signals allow n waits)\n");
  std::vector<std::string> impossible;
  const auto add = [&impossible](const NotifierEntry& notifier, Rows& rows) {
    rows.push_back({notifier.name, notifier.counts ? "counts" : "coalesces", notifier.summary});
    if (*notifier.compiled_out != '\0') {
      impossible.push_back(
          fmt::format("{}: not in this build: {}", notifier.name, notifier.compiled_out));
    } else if (const std::string why = notifier.probe == nullptr ? "" : notifier.probe();
               !why.empty()) {
      impossible.push_back(why);
    }
  };
  print_rows(rows_in_groups(program.registry.notifiers, add));
  for (const std::string& why : impossible) show("  not possible now: {}\n", why);
}

constexpr std::array tables{"backends", "locks", "notifiers", "scenarios", "suites", "figures"};

int unknown_name(const Program& program, const std::string& what) {
  std::vector<std::string> known = names_with_a_page(program);
  known.insert(known.begin(), tables.begin(), tables.end());
  const std::string meant = nearest(what, known);
  print_error(fmt::format(
      "'{}' is neither a table ({}) nor a backend, lock, notifier, scenario or suite{}", what,
      fmt::join(tables, ", "), meant.empty() ? "" : fmt::format("; did you mean '{}'?", meant)));
  return exit_code::usage;
}

// What a suite has of runners is part of its page.
void add_runners_of(const std::string& what, Invocation& invocation) {
  for (const SuiteText& suite : built_in_suites()) {
    if (what != suite.name) continue;
    Request request;
    request.suite = what;
    take_suite_runners(request, invocation);
  }
}

int list(const Program& program, const std::string& what) {
  if (const std::string page = page_of(program, what); !page.empty()) {
    show("{}", page);
    return exit_code::success;
  }
  const bool all = what.empty();
  if (!all && std::find(tables.begin(), tables.end(), what) == tables.end()) {
    return unknown_name(program, what);
  }
  if (all || what == "backends") list_backends(program);
  if (all || what == "locks") list_locks(program);
  if (all || what == "notifiers") list_notifiers(program);
  if (all || what == "scenarios") list_scenarios(program);
  if (all || what == "suites") list_suites(program);
  if (all) list_runners();
  if (what == "figures") list_figures(program);  // too many to be shown unasked
  return exit_code::success;
}

}  // namespace

void add_list(CLI::App& app, Invocation& invocation) {
  auto what = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("list",
                                         "Show backends, locks, notifiers, scenarios and suites\n"
                                         "And which of them work here.");
  command
      ->add_option("NAME", *what,
                   "Only this table, or all about this name\n"
                   "A table: backends, locks, notifiers, scenarios, suites or figures. A name: of "
                   "a backend, lock, notifier, scenario or suite.")
      ->type_name("backends|locks|notifiers|scenarios|suites|figures|ENTRY");
  add_runner_option(*command, invocation);
  command->callback([what, &invocation] {
    invocation.action = [what, &invocation] {
      add_runners_of(*what, invocation);
      return list(invocation.program, *what);
    };
  });
}

}  // namespace ipcmark
