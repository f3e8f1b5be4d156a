#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tools/shell/completion.hpp"

namespace ipcmark {

namespace {

// Inside single quotes, with the characters escaped that _arguments and _describe mind.
std::string quoted(const std::string& text, const std::string& minded) {
  std::string result;
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\''";
      continue;
    }
    if (minded.find(c) != std::string::npos) result += '\\';
    result += c;
  }
  return result;
}

// What completes the value: "(off header full)", "_files", a list, or nothing.
std::string action_of(const OptionEntry& option) {
  if (option.words.empty()) return option.file ? "_files" : " ";
  const std::string words = fmt::format("{}", fmt::join(option.words, " "));
  if (option.list) return fmt::format("_values -s , word {}", words);
  if (option.file)
    return fmt::format("{{_alternative \"words:word:({})\" \"files:file:_files\"}}", words);
  return fmt::format("({})", words);
}

std::string message_of(const OptionEntry& option) {
  const std::string& text = option.place.empty() ? option.type : option.place;
  return quoted(text.find('|') != std::string::npos || text.empty() ? "word" : text, ":");
}

// One line of _arguments for each name of the option.
std::string specs_of(const OptionEntry& option) {
  if (!option.place.empty()) {
    return fmt::format("        '*:{}:{}' \\\n", message_of(option), action_of(option));
  }
  std::string text;
  for (const std::string& name : option.names) {
    text += fmt::format("        '({}){}[{}]", fmt::join(option.names, " "), name,
                        quoted(option.help, "[]\\"));
    if (!option.flag()) text += fmt::format(":{}:{}", message_of(option), action_of(option));
    text += "' \\\n";
  }
  return text;
}

std::string arguments_of(const CommandEntry& command) {
  std::string text = "      _arguments \\\n";
  for (const OptionEntry& option : command.options) text += specs_of(option);
  text.erase(text.size() - 3);  // the last line goes on no further
  return text + "\n";
}

}  // namespace

std::string zsh_completion(const CommandTable& table) {
  std::string text =
      "#compdef ipcmark\n"
      "# Completion of ipcmark for zsh, written by 'ipcmark completion zsh'.\n"
      "_ipcmark() {\n"
      "  if (( CURRENT == 2 )); then\n"
      "    local -a commands=(\n";
  for (const CommandEntry& command : table.commands) {
    text += fmt::format("      '{}:{}'\n", command.name, quoted(command.summary, ":\\"));
  }
  text +=
      "    )\n"
      "    _describe -t commands command commands\n"
      "    if [[ $PREFIX == -* ]]; then\n" +
      arguments_of(table.program) +
      "    fi\n"
      "    return\n"
      "  fi\n"
      "  local command=$words[2]\n"
      "  shift words\n"
      "  (( CURRENT-- ))\n"
      "  case $command in\n";
  for (const CommandEntry& command : table.commands) {
    text += fmt::format("    {})\n{}      ;;\n", command.name, arguments_of(command));
  }
  text +=
      "  esac\n"
      "}\n"
      "if [[ $funcstack[1] == _ipcmark ]]; then\n"
      "  _ipcmark \"$@\"\n"
      "else\n"
      "  compdef _ipcmark ipcmark\n"
      "fi\n";
  return text;
}

}  // namespace ipcmark
