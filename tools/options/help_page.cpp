#include "tools/options/help_page.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

namespace ipcmark {

namespace {

constexpr std::size_t page_width = 80;
constexpr std::size_t option_column = 26;   // where the text of an option begins, if its name fits
constexpr std::size_t command_column = 14;  // likewise of a command
constexpr std::size_t longest_choice = 24;
constexpr std::size_t max_excludes = 2;

std::string cut(const std::string& text, std::size_t room) {
  constexpr std::string_view dots = "...";
  if (text.size() <= room) return text;
  const auto end = room < dots.size() ? 0 : text.rfind(' ', room - dots.size());
  return text.substr(0, end == std::string::npos ? 0 : end).append(dots);
}

// `behind` is never cut.
std::string help_line(const std::string& name, std::size_t column, const std::string& text,
                      const std::string& behind = "") {
  std::string line = "  " + name;
  line.resize(std::max(column, line.size() + 2), ' ');
  const std::size_t taken = line.size() + behind.size();
  return line + cut(text, page_width > taken ? page_width - taken : 0) + behind + "\n";
}

std::string shown_name(const OptionEntry& option) {
  if (!option.place.empty()) return option.place + (option.several ? "..." : "");
  std::string names = fmt::format("{}", fmt::join(option.names, ", "));
  if (option.flag()) return names;
  // A long choice stands in the manual page.
  const bool choice = option.type.find('|') != std::string::npos;
  return names + " " + (choice && option.type.size() > longest_choice ? "WORD" : option.type);
}

std::string shown_conditions(OptionEntry option) {
  // Where there are more, each of them says it.
  if (option.excludes.size() > max_excludes) option.excludes.clear();
  return conditions_of(option);
}

std::string usage_line(const CommandEntry& entry, bool whole_program) {
  std::string line = "Usage: ipcmark";
  if (!whole_program) line += " " + entry.name;
  line += " [OPTIONS]";
  for (const OptionEntry& option : entry.options) {
    if (option.place.empty()) continue;
    const std::string name = shown_name(option);
    line += option.required ? " " + name : fmt::format(" [{}]", name);
  }
  return line + (whole_program ? " [COMMAND]\n" : "\n");
}

std::string heading_of(const OptionEntry& option) {
  if (!option.place.empty()) return "Arguments";
  return option.group.empty() ? "Options" : option.group;
}

// Arguments first, then the groups of options as they first appear.
std::vector<std::string> headings_of(const CommandEntry& entry) {
  std::vector<std::string> headings;
  const auto add = [&headings](const std::string& heading) {
    const auto at = std::find(headings.begin(), headings.end(), heading);
    if (at == headings.end()) headings.push_back(heading);
  };
  for (const OptionEntry& option : entry.options) {
    if (!option.place.empty()) add(heading_of(option));
  }
  for (const OptionEntry& option : entry.options) add(heading_of(option));
  return headings;
}

}  // namespace

std::string help_page(const CommandEntry& entry, const std::vector<CommandEntry>& commands) {
  std::string text = entry.summary + "\n" + usage_line(entry, !commands.empty());
  for (const std::string& heading : headings_of(entry)) {
    text += fmt::format("\n{}:\n", heading);
    for (const OptionEntry& option : entry.options) {
      if (heading_of(option) != heading) continue;
      text += help_line(shown_name(option), option_column, option.help, shown_conditions(option));
    }
  }
  if (!commands.empty()) text += "\nCommands:\n";
  for (const CommandEntry& command : commands) {
    text += help_line(command.name, command_column, command.summary);
  }
  if (!entry.footer.empty()) text += fmt::format("\n{}\n", entry.footer);
  return text + "\nDetails, ranges and examples: ipcmark man | man -l -\n";
}

}  // namespace ipcmark
