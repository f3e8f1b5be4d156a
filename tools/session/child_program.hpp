// Runs another program to its end and has what it said: `ipcmark ab` speaks to builds this way.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "scenarios/launch/spawn.hpp"
#include "scenarios/launch/watched_time.hpp"

namespace ipcmark {

struct ProgramOutput {
  ProcessEnd end;
  std::string out, err;
  bool timed_out = false;  // it was killed at the deadline
};

// `program` is looked for as a shell would. `input` is its standard input. It runs in a process
// group of its own, with every signal at its default. Blocks until it has ended; the caller sleeps
// meanwhile. At `limit_ns` of watched time it is killed. When `stop` is raised, it is sent SIGTERM
// once and waited for. The error is one sentence: it could not be started.
tl::expected<ProgramOutput, std::string> run_program(
    const std::string& program, const std::vector<std::string>& arguments, const std::string& input,
    std::uint64_t limit_ns, const std::atomic<int>* stop,
    const MachineProbe& machine_probe = real_machine_probe());

}  // namespace ipcmark
