#include "tools/session/child_program.hpp"

#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "backends/saturating.hpp"
#include "scenarios/foreign/spawn_plan.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t grace_ns = 10'000'000'000;  // after SIGTERM; then SIGKILL
constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

ProcessEnd reap(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) return {true, WTERMSIG(status)};
  return {false, WEXITSTATUS(status)};
}

bool has_ended(pid_t pid) {
  siginfo_t info{};
  const int result = ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT);
  return result != 0 || info.si_pid != 0;
}

// Until it has ended or the time is up, whichever comes first. True: it was killed for that. Time
// in which this process did not run (Ctrl-Z) does not count: the program has not been looked at.
bool await(pid_t pid, const Fd& pidfd, std::uint64_t limit_ns, const std::atomic<int>* stop,
           const MachineProbe& machine_probe) {
  WatchedTime time(machine_probe);
  std::uint64_t until_ns = limit_ns;
  bool asked = false;
  for (std::uint64_t now = 0; now < until_ns; now = time.now_ns()) {
    if (!asked && stop != nullptr && stop->load() != 0) {
      ::kill(pid, SIGTERM);
      asked = true;
      until_ns = saturating_sum(now, std::min(grace_ns, limit_ns));
    }
    pollfd entry{pidfd.get(), POLLIN, 0};
    // A stop signal that came just before the call would be slept over: hence the slices. Shorter
    // ones where nothing tells of the end (a kernel before 5.3, or a filter).
    const std::uint64_t longest = pidfd ? 200'000'000 : 20'000'000;
    const std::uint64_t slice = std::min(until_ns - now, longest);
    if (::poll(&entry, 1, static_cast<int>(slice / 1'000'000) + 1) > 0) return false;
    if (!pidfd && has_ended(pid)) return false;
  }
  ::kill(pid, SIGKILL);
  return !asked;
}

}  // namespace

tl::expected<ProgramOutput, std::string> run_program(
    const std::string& program, const std::vector<std::string>& arguments, const std::string& input,
    std::uint64_t limit_ns, const std::atomic<int>* stop, const MachineProbe& machine_probe) {
  const auto in = create_stream(input, "its input");
  const auto out = create_stream({}, "");
  const auto err = create_stream({}, "");
  SpawnPlan plan;
  int as = 0;
  for (const auto* each : {&in, &out, &err}) {
    if (!*each) {
      return tl::make_unexpected(
          fmt::format("cannot run '{}': {}", program, explain(each->error())));
    }
    plan.pass(**each, as++);
  }
  const KeptChildEnds kept;
  const auto pid = plan.start(program, arguments, environ);
  if (!pid) {
    return tl::make_unexpected(
        fmt::format("cannot run '{}': {}", program,
                    pid.error() == EAGAIN ? no_process_left : ::strerror(pid.error())));
  }
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0U)));
  ProgramOutput output;
  output.timed_out = await(*pid, pidfd, limit_ns, stop, machine_probe);
  output.end = reap(*pid);
  output.out = text_of_stream(*out, unlimited);
  output.err = text_of_stream(*err, unlimited);
  return output;
}

}  // namespace ipcmark
