// Which mechanisms a runner has: asked once, before anything is planned.
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "scenarios/scenario.hpp"

namespace ipcmark {

// "NAME=COMMAND"; NAME alone is that of a runner that is installed with ipcmark. Its mechanisms
// become rows of the registry, as "NAME.pipe". The error is one sentence that says what to change;
// `stop` ends the waiting. A NAME that is there already is refused.
tl::expected<void, std::string> add_runner(Program& program, const std::string& named,
                                           const std::atomic<int>* stop);

// Those that are installed, by name.
std::vector<std::string> installed_runners();

// The facts of the runners in the program: name → "CPython 3.11.7, …".
std::map<std::string, std::string> runner_facts(const Program& program);

}  // namespace ipcmark
