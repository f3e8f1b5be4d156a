// The command line as plain values, taken from the option parser itself: what --help shows, shell
// completion and the man page are made from too.
#pragma once

#include <string>
#include <vector>

#include "scenarios/scenario.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace ipcmark {

struct OptionEntry {
  std::vector<std::string> names;  // "-o", "--output"; of a positional: none
  std::string place;               // of a positional: its name
  std::string type;                // as --help shows it: "FILE", "off|header|full"; a flag: empty
  std::string help;
  std::string group;               // "Output"
  std::vector<std::string> words;  // what it accepts, where that is a known set
  bool file = false;               // accepts a file's name
  bool list = false;               // several, separated by commas
  bool flag() const { return place.empty() && type.empty(); }
};

struct CommandEntry {
  std::string name;
  std::string summary;
  std::string footer;
  std::vector<OptionEntry> options;
};

struct CommandTable {
  CommandEntry program;  // options before any command
  std::vector<CommandEntry> commands;
};

// Words that only `program` knows (its backends, scenarios, …) are filled in.
CommandTable command_table(const CLI::App& app, const Program& program);

}  // namespace ipcmark
