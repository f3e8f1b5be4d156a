// Whether anything can be measured here at all: tried out, as no list of what may be in the way is
// whole (a filter of system calls, a limit, a read-only place).
#include <fmt/format.h>

#include <utility>

#include "scenarios/cleanup/manifest.hpp"
#include "scenarios/launch/launch.hpp"
#include "scenarios/machine/placement.hpp"
#include "scenarios/plan/plan.hpp"
#include "tools/doctor/doctor.hpp"

namespace ipcmark {
namespace {

constexpr const char* tried_key = "latency/pipe/64B/block/unpinned";
constexpr std::uint64_t tried_messages = 100;
constexpr std::uint64_t tried_limit_ns = 10'000'000'000;

}  // namespace

std::vector<DoctorFinding> judge_trial(const Program& program, const std::atomic<int>& stop) {
  auto spec = parse_key(program, tried_key);
  if (!spec) return {};  // a program with other rows
  spec->messages = tried_messages;
  spec->seed = 1;
  auto manifest = Manifest::create();
  if (!manifest)
    return {
        {Severity::error, "trial", "no run can begin: " + manifest.error(),
         "see that the runtime directory can be written, or let IPCMARK_RUNTIME_DIR name another"}};
  TrialSetting setting;
  setting.cpus = place(*spec, allowed_cpus()).cpus;
  setting.stop_signal = &stop;
  setting.limits.trial_ns = tried_limit_ns;
  const Trial trial = run_trial(program, *spec, **manifest, setting);
  if (trial.state == State::passed)
    return {{Severity::ok, "trial", "a round trip over a pipe between two processes passed", {}}};
  return {{Severity::error, "trial",
           fmt::format("a round trip over a pipe between two processes did not pass ({}): {}",
                       to_string(trial.state), trial.reason),
           fmt::format("see 'ipcmark run --only {}', and remove what is in its way", tried_key)}};
}

}  // namespace ipcmark
