// ipcmark version: what this build is, and what it was built with.
#include <fmt/core.h>

#include "scenarios/machine/build_facts.hpp"
#include "scenarios/machine/environment_probe.hpp"
#include "tools/commands/commands.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

std::string version_text() {
  const Environment environment = probe_environment();
  std::string text = fmt::format("ipcmark {}\n", build_facts().version);
  for (const char* group : {"build", "libraries"}) {
    const auto facts = environment.facts.find(group);
    if (facts == environment.facts.end()) continue;
    for (const auto& [name, value] : facts->second) text += fmt::format("  {}: {}\n", name, value);
  }
  text.pop_back();  // the caller ends the line
  return text;
}

int version() {
  show("{}\n", version_text());
  return exit_code::success;
}

}  // namespace ipcmark
