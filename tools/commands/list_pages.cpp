#include "tools/commands/list_pages.hpp"

#include <fmt/format.h>

#include <iterator>
#include <span>

#include "results/text/help_text.hpp"
#include "results/text/quantities.hpp"
#include "scenarios/figures.hpp"
#include "scenarios/plan/suite.hpp"
#include "tools/commands/suite_contents.hpp"
#include "tools/options/run_options.hpp"

namespace ipcmark {

std::string waits_text(const Capabilities& capabilities) {
  std::string text;
  const auto add = [&text](bool has, const char* name) {
    if (has) text += (text.empty() ? "" : ",") + std::string{name};
  };
  add(capabilities.block, "block");
  add(capabilities.spin, "spin");
  add(capabilities.hybrid, "hybrid");
  return text;
}

std::string traits_text(const BackendEntry& backend, const Capabilities& one_to_one) {
  ChannelSpec many;
  many.senders = 4;
  const bool many_senders = backend.capabilities(many).many_senders;
  many.senders = 1;
  many.receivers = 4;
  const Capabilities to_many = backend.capabilities(many);
  return fmt::format("{}:{}{}{}{}", many_senders ? "n" : "1",
                     to_many.many_receivers || to_many.broadcast ? "n" : "1",
                     to_many.broadcast ? " broadcast" : "",
                     one_to_one.zero_copy ? " zero-copy" : "", one_to_one.lossy ? " lossy" : "");
}

namespace {

// A row of the options' table as the command line writes it.
std::string option_line(const OptionRow& row) {
  const std::string type = option_type(row.rule);
  if (type.empty()) return fmt::format("- `--{}`: {}\n", row.flag(), whole_help(row.summary));
  const std::string range = range_text(row.rule);
  return fmt::format("- `--{} {}` ({}{}{}): {}\n", row.flag(), type, row.default_text(),
                     range.empty() ? "" : "; ", range, whole_help(row.summary));
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
  const char* const kind = !scenario.timed    ? "checked (part of `ipcmark check`)"
                           : scenario.checked ? "timed, and checked (part of `ipcmark check`)"
                                              : "timed";
  text += fmt::format("\n- Kind: {}\n", kind);
  text += fmt::format("- Runs over: {}, where its capabilities allow\n", runs_over(scenario));
  if (*scenario.processes != '\0') text += fmt::format("- Processes: {}\n", scenario.processes);
  add_list(text, "What is checked", scenario.invariants);
  if (!scenario.options.empty()) {
    text += "\n## Options\n\n";
    for (const OptionRow& row : scenario.options) text += option_line(row);
  }
  text += "\n## What the figures mean\n\n";
  const auto add_figures = [&text](std::span<const FigureEntry> figures) {
    for (const FigureEntry& figure : figures) {
      text +=
          fmt::format("- `{}` ({}): {}\n", figure.name, to_string(figure.unit), figure.sentence);
    }
  };
  add_figures(scenario.figures);
  if (scenario.measures_losses) add_figures(loss_figures());
  for (const char* note : scenario.notes) text += fmt::format("- {}\n", note);
  if (!scenario.faults.empty()) {
    text += "\n## Faults it must catch\n\nBeside those of messages:\n\n";
    for (const FaultRow& row : scenario.faults) {
      text += fmt::format("- `{}`: {}\n", row.name, row.summary);
    }
  }
  return text;
}

// Whether it can be used: in this build, and on this machine now.
std::string works_here(const char* compiled_out, const std::string& why_not) {
  if (*compiled_out != '\0')
    return fmt::format("- Works here: no, not in this build: {}\n", compiled_out);
  return why_not.empty() ? "- Works here: yes\n" : fmt::format("- Works here: no: {}\n", why_not);
}

std::string page_of(const BackendEntry& backend) {
  std::string text = fmt::format("# {}\n\nBackend: {}\n\n", backend.name, backend.summary);
  if (*backend.compiled_out != '\0') return text + works_here(backend.compiled_out, "");
  const ChannelSpec plain;
  const Capabilities can = backend.capabilities(plain);
  std::vector<const char*> declared;
  for (const auto& [name, member] : capability_flags) {
    if (can.*member) declared.push_back(name);
  }
  text += fmt::format("- Group: {}\n", to_string(backend.group));
  text += works_here("", backend.probe(plain));
  text += fmt::format("- Waits by: {}\n", waits_text(can));
  text += fmt::format("- Senders and receivers of small messages: {}\n", traits_text(backend, can));
  text += fmt::format("- Largest message: {}\n", size_text(can.largest_message));
  text += fmt::format("- Declares, of small messages: {}\n", fmt::join(declared, ", "));
  if (can.zero_copy) {
    text += fmt::format("- On loan at once: {} of a sender, {} of a receiver\n", can.loans,
                        can.borrows);
  }
  return text + fmt::format("- Measure it: `ipcmark run --backend {}`\n", backend.name);
}

std::string page_of(const LockEntry& lock) {
  return fmt::format("# {}\n\nLock: {}\n\n- Group: {}\n", lock.name, lock.summary,
                     to_string(lock.group)) +
         works_here(lock.compiled_out, lock.probe == nullptr ? "" : lock.probe()) +
         fmt::format("- Excludes: {}\n", lock.exclusive ? "yes" : "no") +
         fmt::format("- When its holder was killed: {}\n", to_string(lock.owner_death)) +
         fmt::format("- Measure it: `ipcmark run --lock {}`\n", lock.name);
}

std::string page_of(const NotifierEntry& notifier) {
  return fmt::format("# {}\n\nNotifier: {}\n\n- Group: {}\n", notifier.name, notifier.summary,
                     to_string(notifier.group)) +
         works_here(notifier.compiled_out, notifier.probe == nullptr ? "" : notifier.probe()) +
         fmt::format("- Several signals before a wait: {}\n",
                     notifier.counts ? "allow as many waits" : "allow one") +
         fmt::format("- Measure it: `ipcmark run --notifier {}`\n", notifier.name);
}

std::string page_of(const Program& program, const SuiteText& suite) {
  const std::string text = fmt::format("# {}\n\nSuite: {}\n\n", suite.name, suite.summary);
  return text + contents_in_full(program, suite) +
         fmt::format("- Run it: `ipcmark run --suite {}`\n\n```json\n{}```\n", suite.name,
                     suite.json);
}

// One entry's page, when it has that name.
template <class Entries>
void add_page(const Entries& entries, const std::string& name, std::string& text) {
  for (const auto& entry : entries) {
    if (name == entry.name) text += (text.empty() ? "" : "\n") + page_of(entry);
  }
}

template <class Entries>
void add_names(const Entries& entries, std::vector<std::string>& names) {
  for (const auto& entry : entries) names.emplace_back(entry.name);
}

}  // namespace

std::string page_of(const Program& program, const std::string& name) {
  std::string text;
  add_page(program.registry.backends, name, text);
  add_page(program.registry.locks, name, text);
  add_page(program.registry.notifiers, name, text);
  add_page(program.scenarios, name, text);
  for (const SuiteText& suite : built_in_suites()) {
    if (name == suite.name) text += page_of(program, suite);
  }
  return text;
}

std::vector<std::string> names_with_a_page(const Program& program) {
  std::vector<std::string> names;
  add_names(program.registry.backends, names);
  add_names(program.registry.locks, names);
  add_names(program.registry.notifiers, names);
  add_names(program.scenarios, names);
  add_names(built_in_suites(), names);
  return names;
}

}  // namespace ipcmark
