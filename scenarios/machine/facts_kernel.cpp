#include <sys/utsname.h>
#include <unistd.h>

#include "scenarios/machine/facts.hpp"

namespace ipcmark {
namespace {

// The command line may carry secrets and names of hosts (ip=, root=, tokens): only what bears on a
// measurement is kept word for word.
std::string measured_command_line() {
  static constexpr const char* wanted[] = {
      "isolcpus",   "nohz",         "nohz_full",   "rcu_nocbs",    "mitigations",
      "nosmt",      "idle",         "processor.",  "intel_idle.",  "intel_pstate",
      "amd_pstate", "clocksource",  "tsc",         "pti",          "nopti",
      "spectre_v2", "nospectre_v2", "retbleed",    "transparent_", "hugepages",
      "preempt",    "skew_tick",    "threadirqs",  "nowatchdog",   "numa_balancing",
      "maxcpus",    "nosoftlockup", "irqaffinity", "cpufreq.",     "no-kvmclock"};
  const auto whole = read_fact("/proc/cmdline");
  std::string kept;
  unsigned left_out = 0;
  for (std::size_t begin = 0; begin < whole.size();) {
    auto end = whole.find(' ', begin);
    if (end == std::string::npos) end = whole.size();
    const auto word = whole.substr(begin, end - begin);
    begin = end + 1;
    if (word.empty()) continue;
    bool keep = false;
    for (const auto* prefix : wanted) keep = keep || word.starts_with(prefix);
    if (keep) {
      kept += kept.empty() ? word : " " + word;
    } else {
      ++left_out;
    }
  }
  if (left_out > 0)
    kept += (kept.empty() ? "(" : " (") + std::to_string(left_out) + " other words left out)";
  return kept.empty() ? "n/a" : kept;
}

// "always [madvise] never" → "madvise"
std::string chosen(const std::string& text) {
  const auto open = text.find('[');
  const auto close = text.find(']', open);
  if (open == std::string::npos || close == std::string::npos) return text.empty() ? "n/a" : text;
  return text.substr(open + 1, close - open - 1);
}

}  // namespace

std::string container_kind() {
  if (::access("/.dockerenv", F_OK) == 0) return "docker";
  if (::access("/run/.containerenv", F_OK) == 0) return "podman";
  if (auto reported = read_fact("/run/systemd/container"); !reported.empty()) return reported;
  const auto groups = read_fact("/proc/1/cgroup");
  for (const auto* word : {"docker", "kubepods", "lxc", "containerd", "libpod"})
    if (groups.find(word) != std::string::npos) return word;
  return {};
}

Facts kernel_facts() {
  Facts facts;
  utsname name{};
  if (::uname(&name) == 0) {
    facts["system"] = name.sysname;
    facts["release"] = name.release;
    facts["version"] = name.version;
    facts["machine"] = name.machine;
  }
  facts["host_name"] = "(redacted)";
  facts["command_line"] = measured_command_line();
  const std::string kind = container_kind();
  facts["container"] = kind.empty() ? "none seen" : kind;
  const std::string huge = "/sys/kernel/mm/transparent_hugepage/";
  facts["thp"] = chosen(read_fact(huge + "enabled"));
  facts["thp_shmem"] = chosen(read_fact(huge + "shmem_enabled"));
  add_file(facts, "aslr", "/proc/sys/kernel/randomize_va_space");
  add_file(facts, "preemption", "/sys/kernel/debug/sched/preempt");
  add_file(facts, "numa_balancing", "/proc/sys/kernel/numa_balancing");
  add_file(facts, "swappiness", "/proc/sys/vm/swappiness");
  add_file(facts, "sched_rt_runtime_us", "/proc/sys/kernel/sched_rt_runtime_us");
  add_file(facts, "sched_autogroup", "/proc/sys/kernel/sched_autogroup_enabled");
  facts["page_bytes"] = std::to_string(::sysconf(_SC_PAGESIZE));
  return facts;
}

}  // namespace ipcmark
