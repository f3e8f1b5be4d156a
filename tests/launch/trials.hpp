// Running toy trials in tests.
#pragma once

#include <string>
#include <vector>

#include "scenarios/launch/launch.hpp"
#include "tests/launch/toy_scenarios.hpp"

namespace ipcmark::toy {

inline constexpr const char* coordinate_argument = "--coordinate";
// Runs "trickle" and writes its workers' pids to standard output, one a line.
int coordinate_for_ever();

RunSpec spec_of(const std::string& scenario, const std::string& backend = "pipe");
Trial run(const RunSpec& spec, const TrialSetting& setting = {});
Trial run(const RunSpec& spec, const TrialSetting& setting, Names& names);

// Whether a process of that pid runs (a zombie does not).
bool alive(int pid);
// Until nobody of `pids` is alive or 10 s have passed.
bool all_gone(const std::vector<int>& pids);
// Children of this process that are still there, zombies included.
bool has_children();

}  // namespace ipcmark::toy
