// The command line as plain values, taken from the option parser itself. --help, shell completion
// and the manual page are made from it. A description in the parser is a short line, for --help and
// completion, and may have sentences below it, for the manual page (results/text/help_text.hpp);
// the parser's default_str() of an option is its default as people read it.
#pragma once

#include <string>
#include <vector>

#include "scenarios/scenario.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace ipcmark {

struct OptionEntry {
  std::vector<std::string> names;            // "-o", "--output"; of a positional: none
  std::string place;                         // of a positional: its name
  std::string type;                          // "FILE", "off|header|full"; a flag: empty
  std::string help;                          // short, without a full stop
  std::string detail;                        // sentences; may be empty
  std::string default_text;                  // empty: none that can be said
  std::string group;                         // "Output"
  std::vector<std::string> words;            // what it accepts, where that is a known set
  std::vector<std::string> needs, excludes;  // other options: "--json", in alphabetical order
  bool required = false;
  bool several = false;  // a positional that takes any number
  bool file = false;     // accepts a file's name
  bool list = false;     // several, separated by commas
  bool flag() const { return place.empty() && type.empty(); }
};

// What stands behind the help: "; needs --json; not with --resume (default: 6)".
std::string conditions_of(const OptionEntry& option);

struct CommandEntry {
  std::string name;
  std::string summary;  // short, without a full stop
  std::string detail;   // paragraphs, with an empty line between two; may be empty
  std::string footer;   // lines, as they stand
  std::vector<OptionEntry> options;
};

struct CommandTable {
  CommandEntry program;  // options before any command
  std::vector<CommandEntry> commands;
};

// Words that only `program` knows (its backends, scenarios, …) are filled in.
CommandTable command_table(const CLI::App& app, const Program& program);
// One command, be it hidden from people or not.
CommandEntry command_entry(const CLI::App& command, const Program& program);

}  // namespace ipcmark
