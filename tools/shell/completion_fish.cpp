#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tools/shell/completion.hpp"

namespace ipcmark {

namespace {

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') result += '\\';
    result += c;
  }
  return result + "'";
}

std::string names_of(const OptionEntry& option) {
  std::string text;
  for (const std::string& name : option.names) {
    text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  return text;
}

// How the value is completed: by words, by files, by both, by neither.
std::string value_of(const OptionEntry& option) {
  if (option.flag()) return {};
  std::string text = option.file ? " -r -F" : " -x";
  if (option.words.empty()) return text;
  if (option.list) {
    return text + fmt::format(" -a '(__fish_complete_list , \"string split , {}\")'",
                              fmt::join(option.words, ","));
  }
  return text + fmt::format(" -a '{}'", fmt::join(option.words, " "));
}

std::string lines_of(const CommandEntry& command, const std::string& condition) {
  std::string text;
  const std::string start = fmt::format("complete -c ipcmark -n {}", quoted(condition));
  for (const OptionEntry& option : command.options) {
    if (option.place.empty()) {
      text += fmt::format("{}{}{} -d {}\n", start, names_of(option), value_of(option),
                          quoted(option.help));
      continue;
    }
    if (option.file) text += fmt::format("{} -F\n", start);
    if (!option.words.empty()) {
      text += fmt::format("{} -a '{}' -d {}\n", start, fmt::join(option.words, " "),
                          quoted(option.place));
    }
  }
  return text;
}

}  // namespace

std::string fish_completion(const CommandTable& table) {
  std::string text =
      "# Completion of ipcmark for fish, written by 'ipcmark completion fish'.\n"
      "complete -c ipcmark -f\n";
  text += lines_of(table.program, "__fish_use_subcommand");
  for (const CommandEntry& command : table.commands) {
    text += fmt::format("complete -c ipcmark -n __fish_use_subcommand -a {} -d {}\n", command.name,
                        quoted(command.summary));
  }
  for (const CommandEntry& command : table.commands) {
    text += lines_of(command, "__fish_seen_subcommand_from " + command.name);
  }
  return text;
}

}  // namespace ipcmark
