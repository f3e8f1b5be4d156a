#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tools/shell/completion.hpp"

namespace ipcmark {

namespace {

// The words offered where an option or an argument begins.
std::string starting_words(const CommandEntry& command) {
  std::string text;
  const auto add = [&text](const std::string& word) {
    text.append(text.empty() ? "" : " ").append(word);
  };
  for (const OptionEntry& option : command.options) {
    for (const std::string& name : option.names) add(name);
    if (option.place.empty()) continue;
    for (const std::string& word : option.words) add(word);
  }
  return text;
}

bool takes_files(const CommandEntry& command) {
  for (const OptionEntry& option : command.options) {
    if (!option.place.empty() && option.file) return true;
  }
  return false;
}

// "run:--backend) words='pipe fifo' list=1 ;;"
std::string value_cases(const CommandEntry& command) {
  std::string text;
  for (const OptionEntry& option : command.options) {
    if (option.flag() || !option.place.empty()) continue;
    std::string patterns;
    for (const std::string& name : option.names) {
      patterns += fmt::format("{}{}:{}", patterns.empty() ? "" : "|", command.name, name);
    }
    text += fmt::format("    {}) words='{}'{}{} ;;\n", patterns, fmt::join(option.words, " "),
                        option.file ? " files=1" : "", option.list ? " list=1" : "");
  }
  return text;
}

constexpr const char* bash_end = R"(    *)
      case $command in
)";

}  // namespace

std::string bash_completion(const CommandTable& table) {
  std::string text =
      "# Completion of ipcmark for bash, written by 'ipcmark completion bash'.\n"
      "_ipcmark() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
      "  local command='' words='' files='' list='' prefix='' i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    if [[ ${COMP_WORDS[i]} != -* ]]; then\n"
      "      command=${COMP_WORDS[i]}\n"
      "      break\n"
      "    fi\n"
      "  done\n"
      "  case $command:$prev in\n";
  for (const CommandEntry& command : table.commands) text += value_cases(command);
  text += bash_end;
  std::string first = starting_words(table.program);
  for (const CommandEntry& command : table.commands) first += " " + command.name;
  text += fmt::format("        '') words='{}' ;;\n", first);
  for (const CommandEntry& command : table.commands) {
    text += fmt::format("        {}) words='{}'{} ;;\n", command.name, starting_words(command),
                        takes_files(command) ? " files=1" : "");
  }
  text +=
      "      esac\n"
      "      ;;\n"
      "  esac\n"
      "  if [[ $list && $cur == *,* ]]; then prefix=${cur%,*},; fi\n"
      "  mapfile -t COMPREPLY < <(compgen -P \"$prefix\" -W \"$words\" -- \"${cur#\"$prefix\"}\")\n"
      "  if [[ $files && $cur != -* ]]; then\n"
      "    compopt -o filenames 2>/dev/null\n"
      "    mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- \"$cur\")\n"
      "  fi\n"
      "}\n"
      "complete -F _ipcmark ipcmark\n";
  return text;
}

}  // namespace ipcmark
