#include "tools/options/command_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>
#include <set>

#include "results/export/export.hpp"
#include "results/model/cell_key.hpp"
#include "results/text/help_text.hpp"
#include "scenarios/plan/suite.hpp"

namespace ipcmark {

namespace {

using Words = std::vector<std::string>;

template <class Rows>
Words names_of(const Rows& rows) {
  Words names;
  for (const auto& row : rows) names.emplace_back(row.name);
  return names;
}

// All that `ipcmark list NAME` knows.
Words names_of_entries(const Program& program) {
  Words all;
  for (const Words& names : {names_of(program.registry.backends), names_of(program.registry.locks),
                             names_of(program.registry.notifiers), names_of(program.scenarios),
                             names_of(built_in_suites())}) {
    all.insert(all.end(), names.begin(), names.end());
  }
  // A lock and a notifier may share a name.
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

// Options whose words stand in a table.
std::map<std::string, Words> known_words(const Program& program) {
  return {{"--backend", names_of(program.registry.backends)},
          {"--lock", names_of(program.registry.locks)},
          {"--notifier", names_of(program.registry.notifiers)},
          {"--scenario", names_of(program.scenarios)},
          {"--suite", names_of(built_in_suites())},
          {"--format", names_of(export_formats())},
          {"ENTRY", names_of_entries(program)}};
}

bool is_word(const std::string& part) {
  return !part.empty() &&
         std::none_of(part.begin(), part.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

// A type such as "off|header|full" lists the words itself.
void read_type(const std::map<std::string, Words>& known, OptionEntry& entry) {
  const std::vector<std::string> parts = split_at(entry.type, '|');
  for (const std::string& part : parts) {
    if (part.starts_with("FILE")) entry.file = true;
    if (parts.size() > 1 && is_word(part)) entry.words.push_back(part);
    const auto table = known.find(part);
    if (table != known.end()) {
      entry.words.insert(entry.words.end(), table->second.begin(), table->second.end());
    }
  }
}

// The parser keeps them by their addresses.
Words sorted_names(const std::set<CLI::Option*>& options) {
  Words names;
  for (const CLI::Option* option : options) names.push_back("--" + option->get_lnames().front());
  std::sort(names.begin(), names.end());
  return names;
}

OptionEntry entry_of(const CLI::Option& option, const std::map<std::string, Words>& known) {
  OptionEntry entry;
  for (const std::string& name : option.get_snames()) entry.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) entry.names.push_back("--" + name);
  if (entry.names.empty()) entry.place = option.get_single_name();
  entry.help = short_help(option.get_description());
  entry.detail = help_detail(option.get_description());
  entry.default_text = option.get_default_str();
  entry.needs = sorted_names(option.get_needs());
  entry.excludes = sorted_names(option.get_excludes());
  entry.required = option.get_required();
  entry.several = option.get_items_expected_max() > 1;
  entry.group = option.get_group() == "Options" ? "" : option.get_group();
  if (option.get_items_expected_max() == 0) return entry;  // a flag
  entry.type = option.get_type_name();
  entry.list = option.get_delimiter() == ',';
  read_type(known, entry);
  for (const std::string& name : entry.names) {
    const auto table = known.find(name);
    if (table != known.end()) entry.words = table->second;
  }
  // The positionals without a type of their own are stored results.
  if (!entry.place.empty() && entry.type.empty()) entry.file = true;
  return entry;
}

CommandEntry command_of(const CLI::App& app, const std::map<std::string, Words>& known) {
  CommandEntry entry;
  entry.name = app.get_name();
  entry.summary = short_help(app.get_description());
  entry.detail = help_detail(app.get_description());
  entry.footer = app.get_footer();
  while (entry.footer.ends_with('\n')) entry.footer.pop_back();
  for (const CLI::Option* option : app.get_options()) {
    entry.options.push_back(entry_of(*option, known));
  }
  return entry;
}

}  // namespace

std::string conditions_of(const OptionEntry& option) {
  std::string text;
  if (!option.needs.empty()) text += fmt::format("; needs {}", fmt::join(option.needs, ", "));
  if (!option.excludes.empty()) {
    text += fmt::format("; not with {}", fmt::join(option.excludes, ", "));
  }
  if (option.required && option.place.empty()) text += " (required)";
  if (!option.default_text.empty()) text += fmt::format(" (default: {})", option.default_text);
  return text;
}

CommandEntry command_entry(const CLI::App& command, const Program& program) {
  return command_of(command, known_words(program));
}

CommandTable command_table(const CLI::App& app, const Program& program) {
  const auto known = known_words(program);
  CommandTable table;
  table.program = command_of(app, known);
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_group().empty()) continue;  // not for people
    table.commands.push_back(command_of(*command, known));
  }
  return table;
}

}  // namespace ipcmark
