#include "scenarios/launch/process_settings.hpp"

#include <sched.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>

#include "scenarios/machine/facts.hpp"
#include "scenarios/machine/memory_policy.hpp"

namespace ipcmark {
namespace {

Status set_priority(std::uint32_t priority) {
  if (priority == 0) return {};
  sched_param parameter{};
  parameter.sched_priority = static_cast<int>(priority);
  if (::sched_setscheduler(0, SCHED_FIFO, &parameter) == 0) return {};
  const int error = errno;
  if (error == EPERM) {
    return fail(Errc::limit,
                "sched_setscheduler: this user may not have that real-time priority; raise ulimit "
                "-r, or grant CAP_SYS_NICE",
                error);
  }
  return fail(Errc::system, "sched_setscheduler", error);
}

std::int64_t locked_bytes() {
  constexpr std::string_view label = "VmLck:";
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with(label)) continue;
    return static_cast<std::int64_t>(std::strtoull(line.c_str() + label.size(), nullptr, 10) *
                                     1024);
  }
  return 0;
}

}  // namespace

bool asks_of_processes(const RunSpec& spec) {
  return !spec.numa.empty() || spec.mlock || spec.rt_priority != 0;
}

std::string settings_unsupported(const RunSpec& spec) {
  if (!spec.numa.empty()) {
    std::string why = memory_policy_unsupported(spec.numa, nodes_with_memory());
    if (!why.empty()) return why;
  }
  if (spec.rt_priority != 0 && read_fact("/proc/sys/kernel/sched_rt_runtime_us") == "-1") {
    return "rt_priority: kernel.sched_rt_runtime_us is -1, and nothing could end a worker that "
           "spins; set it to 950000, or leave out --rt-priority";
  }
  return {};
}

Status apply_settings(const RunSpec& spec) {
  if (Status set = set_memory_policy(spec.numa); !set) return set;
  return set_priority(spec.rt_priority);
}

Status lock_memory(const RunSpec& spec) {
#ifdef __SANITIZE_ADDRESS__  // its mlockall() succeeds without doing anything
  if (spec.mlock) {
    return fail(Errc::limit,
                "mlockall: AddressSanitizer locks no memory; use a build without it, or leave out "
                "--mlock");
  }
#endif
  if (!spec.mlock || ::mlockall(MCL_CURRENT | MCL_FUTURE) == 0) return {};
  const int error = errno;
  if (error == EPERM || error == ENOMEM || error == EAGAIN) {
    return fail(Errc::limit,
                "mlockall: this user may not lock that much memory; raise ulimit -l, or grant "
                "CAP_IPC_LOCK",
                error);
  }
  return fail(Errc::system, "mlockall", error);
}

std::map<std::string, std::int64_t> granted_settings(const RunSpec& spec) {
  std::map<std::string, std::int64_t> granted;
  if (!spec.numa.empty()) granted["numa_nodes"] = policy_nodes();
  if (spec.mlock) granted["locked_bytes"] = locked_bytes();
  sched_param parameter{};
  if (spec.rt_priority != 0 && ::sched_getparam(0, &parameter) == 0) {
    granted["rt_priority"] = parameter.sched_priority;
  }
  return granted;
}

}  // namespace ipcmark
