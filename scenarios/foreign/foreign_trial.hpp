// One trial that a runner measures: asked for by the trial protocol, watched from outside.
//
// The coordinator takes what it need not be told: the CPU time of all of the runner's processes
// between its two marks, a deadlock of them, the trial's timeout, and whether the answer can be
// true. Blocking; one at a time per process.
#pragma once

#include "scenarios/launch/launch.hpp"

namespace ipcmark {

// The cell's mechanism, if a runner measures it; else null.
const ForeignMechanism* foreign_mechanism(const Program& program, const RunSpec& spec);

// run_trial(), or what it stands for where a runner measures: same settings, same promises. It
// keeps no samples and no trace.
Trial measure_trial(const Program& program, const RunSpec& spec, Names& names,
                    const TrialSetting& setting);

}  // namespace ipcmark
