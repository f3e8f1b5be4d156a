// ipcmark list: the tables of backends, locks and scenarios, and whether each works here and now.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "results/text/nearest.hpp"
#include "scenarios/plan/plan.hpp"
#include "scenarios/plan/suite.hpp"
#include "tools/command_line.hpp"
#include "tools/options/run_options.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

// Left-aligned columns, each as wide as its widest cell; the last one runs free.
void print_rows(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += i + 1 == row.size() ? row[i] : fmt::format("{:<{}}  ", row[i], widths[i]);
    }
    show("  {}\n", line);
  }
}

std::string waits(const Capabilities& capabilities) {
  std::string text;
  const auto add = [&text](bool has, const char* name) {
    if (has) text += (text.empty() ? "" : ",") + std::string{name};
  };
  add(capabilities.block, "block");
  add(capabilities.spin, "spin");
  add(capabilities.hybrid, "hybrid");
  return text;
}

std::string traits(const BackendEntry& backend, const Capabilities& one_to_one) {
  ChannelSpec many;
  many.senders = 4;
  const bool many_senders = backend.capabilities(many).many_senders;
  many.senders = 1;
  many.receivers = 4;
  const bool many_receivers = backend.capabilities(many).many_receivers;
  return fmt::format("{}:{}{}{}", many_senders ? "n" : "1", many_receivers ? "n" : "1",
                     one_to_one.zero_copy ? " zero-copy" : "", one_to_one.lossy ? " lossy" : "");
}

void list_backends(const Program& program) {
  show("Backends (name, waits, senders:receivers for small messages)\n");
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> impossible;
  for (const BackendEntry& backend : program.registry.backends) {
    if (*backend.compiled_out != '\0') {
      rows.push_back({backend.name, "-", "-", backend.summary});
      impossible.push_back(
          fmt::format("{}: not in this build: {}", backend.name, backend.compiled_out));
      continue;
    }
    const ChannelSpec plain;
    const Capabilities capabilities = backend.capabilities(plain);
    rows.push_back(
        {backend.name, waits(capabilities), traits(backend, capabilities), backend.summary});
    if (const std::string why = backend.probe(plain); !why.empty()) impossible.push_back(why);
  }
  print_rows(rows);
  for (const std::string& why : impossible) show("  not possible now: {}\n", why);
}

void list_locks(const Program& program) {
  show("Locks (name, what the next locker meets when the holder was killed)\n");
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> impossible;
  for (const LockEntry& lock : program.registry.locks) {
    rows.push_back({lock.name, lock.exclusive ? to_string(lock.owner_death) : "-", lock.summary});
    if (*lock.compiled_out != '\0') {
      impossible.push_back(fmt::format("{}: not in this build: {}", lock.name, lock.compiled_out));
    } else if (const std::string why = lock.probe == nullptr ? "" : lock.probe(); !why.empty()) {
      impossible.push_back(why);
    }
  }
  print_rows(rows);
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

void list_suites() {
  show("Suites (for --suite; FILE.json for one of your own)\n");
  std::vector<std::vector<std::string>> rows;
  for (const SuiteText& suite : built_in_suites()) rows.push_back({suite.name, suite.summary});
  print_rows(rows);
}

// A row of the options' table as the command line writes it.
std::string option_line(const OptionRow& row) {
  const std::string value = !row.words.empty() ? fmt::format("{}", fmt::join(row.words, "|"))
                                               : (is_time(row) ? "TIME" : "N");
  return fmt::format("- `{} {}` ({}): {}\n", flag_of(row), value, otherwise_of(row), row.summary);
}

std::string runs_over(const ScenarioEntry& scenario) {
  std::vector<const char*> kinds;
  if (scenario.uses_backend) kinds.push_back("every backend");
  if (scenario.uses_lock) kinds.push_back("every lock");
  if (scenario.uses_notifier) kinds.push_back("every notifier");
  return fmt::format("{}", fmt::join(kinds, ", "));
}

void add_list(std::string& text, const char* title, const std::vector<const char*>& sentences) {
  if (sentences.empty()) return;
  text += fmt::format("\n## {}\n\n", title);
  for (const char* sentence : sentences) text += fmt::format("- {}\n", sentence);
}

// All that a scenario's row says, in Markdown; also kept in scenarios/pages.
std::string page_of(const ScenarioEntry& scenario) {
  std::string text = fmt::format("# {}\n\n{}\n", scenario.name, scenario.summary);
  text +=
      fmt::format("\n- Kind: {}\n", scenario.timed ? "timed" : "checked (part of `ipcmark check`)");
  text += fmt::format("- Runs over: {}, where its capabilities allow\n", runs_over(scenario));
  if (*scenario.processes != '\0') text += fmt::format("- Processes: {}\n", scenario.processes);
  add_list(text, "What is checked", scenario.invariants);
  if (!scenario.options.empty()) {
    text += "\n## Options\n\n";
    for (const OptionRow& row : scenario.options) text += option_line(row);
  }
  text += "\n## What the figures mean\n\n";
  for (const FigureEntry& figure : scenario.figures) {
    text += fmt::format("- `{}` ({}): {}\n", figure.name, to_string(figure.unit), figure.sentence);
  }
  for (const char* note : scenario.notes) text += fmt::format("- {}\n", note);
  if (!scenario.faults.empty()) {
    text += "\n## Faults it must catch\n\nBeside those of messages:\n\n";
    for (const FaultRow& row : scenario.faults) {
      text += fmt::format("- `{}`: {}\n", row.name, row.summary);
    }
  }
  return text;
}

void list_notifiers(const Program& program) {
  show("Notifiers (name, whether n signals allow n waits)\n");
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> impossible;
  for (const NotifierEntry& notifier : program.registry.notifiers) {
    rows.push_back({notifier.name, notifier.counts ? "counts" : "coalesces", notifier.summary});
    if (*notifier.compiled_out != '\0') {
      impossible.push_back(
          fmt::format("{}: not in this build: {}", notifier.name, notifier.compiled_out));
    } else if (const std::string why = notifier.probe == nullptr ? "" : notifier.probe();
               !why.empty()) {
      impossible.push_back(why);
    }
  }
  print_rows(rows);
  for (const std::string& why : impossible) show("  not possible now: {}\n", why);
}

int unknown_table(const Program& program, const std::string& what) {
  std::vector<std::string> known{"backends",  "locks",  "notifiers",
                                 "scenarios", "suites", "figures"};
  for (const ScenarioEntry& scenario : program.scenarios) known.emplace_back(scenario.name);
  const std::string meant = nearest(what, known);
  complain(fmt::format(
      "'{}' is neither backends, locks, notifiers, scenarios, suites or figures nor a scenario{}",
      what, meant.empty() ? "" : fmt::format("; did you mean '{}'?", meant)));
  return exit_code::usage;
}

int list(const Program& program, const std::string& what) {
  if (const ScenarioEntry* scenario = program.scenario(what)) {
    show("{}", page_of(*scenario));
    return exit_code::success;
  }
  const bool all = what.empty();
  if (!all && what != "backends" && what != "locks" && what != "notifiers" && what != "scenarios" &&
      what != "suites" && what != "figures") {
    return unknown_table(program, what);
  }
  if (all || what == "backends") list_backends(program);
  if (all || what == "locks") list_locks(program);
  if (all || what == "notifiers") list_notifiers(program);
  if (all || what == "scenarios") list_scenarios(program);
  if (all || what == "suites") list_suites();
  if (what == "figures") list_figures(program);  // too many to be shown unasked
  return exit_code::success;
}

}  // namespace

void add_list(CLI::App& app, Invocation& invocation) {
  auto what = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand(
      "list", "Show the backends, locks, notifiers, scenarios and suites, and what works here");
  command->add_option("what", *what, "Only this table, or the page of this scenario")
      ->type_name("backends|locks|notifiers|scenarios|suites|figures|SCENARIO");
  command->callback([what, &invocation] {
    invocation.action = [what, &invocation] { return list(invocation.program, *what); };
  });
}

}  // namespace ipcmark
