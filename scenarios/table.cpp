// The scenarios of `ipcmark list`: one declaration and one line each.
#include "scenarios/scenario.hpp"

namespace ipcmark {

std::vector<ScenarioEntry> built_in_scenarios() { return {}; }

}  // namespace ipcmark
