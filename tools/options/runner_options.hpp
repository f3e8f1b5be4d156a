// --runner: mechanisms that programs of other languages measure.
#pragma once

namespace CLI {
class App;
}  // namespace CLI

namespace ipcmark {

struct Invocation;

// What is named goes into invocation.runners, which run_command() asks before the action.
void add_runner_option(CLI::App& command, Invocation& invocation);

}  // namespace ipcmark
