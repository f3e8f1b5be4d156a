// ipcmark version: what this build is, and what it was built with.
#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include "scenarios/machine/build_facts.hpp"
#include "scenarios/machine/environment_probe.hpp"
#include "tools/command_line.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

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

}  // namespace

void add_version(CLI::App& app, Invocation& invocation) {
  app.set_version_flag("--version", std::function<std::string()>(version_text),
                       "Print version, libraries and build");
  CLI::App* command = app.add_subcommand("version", "Print version, libraries and build");
  command->callback([&invocation] { invocation.action = version; });
}

}  // namespace ipcmark
