// What about this machine will disturb a measurement, and what to do about it.
#pragma once

#include <string>
#include <vector>

#include "results/model/environment.hpp"
#include "scenarios/machine/canary.hpp"

namespace ipcmark {

enum class Severity { ok, note, warning };  // note: worth knowing when reading figures
const char* to_string(Severity value);

struct DoctorFinding {
  Severity severity = Severity::ok;
  std::string topic;   // "governor", "load", "canary", "limits", …
  std::string seen;    // what was found, with its figures
  std::string advice;  // what to do; empty when ok
};

// Looks at the machine for about two seconds (load, processes, some forty canaries), changes
// nothing. Findings in a fixed order of topics; several may share one.
std::vector<DoctorFinding> examine_machine();

// The parts, pure, for tests. `hypervisor`: whether there is one.
std::vector<DoctorFinding> judge_environment(const Environment& environment);
DoctorFinding judge_canaries(const std::vector<CanaryReading>& readings, bool hypervisor);

}  // namespace ipcmark
