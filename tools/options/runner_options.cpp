#include "tools/options/runner_options.hpp"

#include <CLI/CLI.hpp>

#include "tools/command_line.hpp"

namespace ipcmark {

void add_runner_option(CLI::App& command, Invocation& invocation) {
  command
      .add_option("--runner", invocation.runners,
                  "Mechanisms that another program measures\n"
                  "They are called NAME.MECHANISM. NAME alone is a runner installed with ipcmark, "
                  "such as python. May be repeated.")
      ->allow_extra_args(false)
      ->type_name("NAME[=COMMAND]");
}

}  // namespace ipcmark
