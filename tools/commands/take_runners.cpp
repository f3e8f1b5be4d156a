// The runners that a command or its suite names become part of the program.
#include "scenarios/foreign/runner_list.hpp"
#include "tools/command_line.hpp"
#include "tools/commands/stop_signal.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

bool take_runners(Invocation& invocation, const std::vector<std::string>& named) {
  for (const std::string& each : named) {
    const auto added = add_runner(*invocation.extensible, each, &catch_stop_signals());
    if (added) continue;
    print_error(added.error());
    return false;
  }
  return true;
}

}  // namespace ipcmark
