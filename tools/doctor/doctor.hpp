// What about this machine will disturb a measurement, and what to do about it.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "results/model/environment.hpp"
#include "scenarios/machine/canary.hpp"
#include "scenarios/scenario.hpp"

namespace ipcmark {

// note: worth knowing when reading figures; warning: disturbs them; error: there will be none.
enum class Severity { ok, note, warning, error };
const char* to_string(Severity value);

struct DoctorFinding {
  Severity severity = Severity::ok;
  std::string topic;   // "governor", "load", "canary", "POSIX queues", …; each once
  std::string seen;    // what was found, with its figures
  std::string advice;  // what to do; empty when ok
};
// For programs, of the topic: "posix-queues". Stays the same from version to version.
std::string id_of(const DoctorFinding& finding);

// Looks at the machine for about two seconds (load, processes, some forty canaries, one short trial
// of `program`), changes nothing and leaves nothing behind. Findings in a fixed order. Ends sooner
// when `stop` is raised; what it says then is of no use.
std::vector<DoctorFinding> examine_machine(const Program& program, const std::atomic<int>& stop);

// The parts, for tests; all but the last are pure. `hypervisor`: whether there is one.
std::vector<DoctorFinding> judge_environment(const Environment& environment);
DoctorFinding judge_canaries(const std::vector<CanaryReading>& readings, bool hypervisor);
// Whether a run can begin and a trial pass: the plainest one, a round trip over a pipe.
std::vector<DoctorFinding> judge_trial(const Program& program, const std::atomic<int>& stop);

}  // namespace ipcmark
