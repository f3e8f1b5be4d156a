// What the environment of a run alone says about its quality.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>

#include "tools/doctor/doctor.hpp"

namespace ipcmark {
namespace {

using Findings = std::vector<DoctorFinding>;

// As Linux has them by default.
constexpr double default_pipe_pages = 16'384;  // fs.pipe-user-pages-soft
constexpr double default_socket = 212'992;     // net.core.wmem_default
constexpr double default_sysv_queue = 16'384;  // kernel.msgmnb

// The leading number of a fact: "1048576", "819200 (hard 819200)", "0.52 0.58 …".
std::optional<double> number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end == text.data()) return std::nullopt;
  return value;
}

double number_or(const Environment& environment, const char* group, const char* name,
                 double default_value) {
  return number(environment.get(group, name)).value_or(default_value);
}

void add(Findings& findings, Severity severity, const char* topic, std::string seen,
         std::string advice = {}) {
  findings.push_back({severity, topic, std::move(seen), std::move(advice)});
}

void judge_build(const Environment& environment, Findings& findings) {
  const auto type = environment.get("build", "type");
  const auto sanitizers = environment.get("build", "sanitizers");
  if (sanitizers != "none") {
    add(findings, Severity::warning, "build", "built with sanitizers: " + sanitizers,
        "measure with the release preset");
  } else if (type != "Release" && type != "RelWithDebInfo") {
    add(findings, Severity::warning, "build", "built as " + (type.empty() ? "(no type)" : type),
        "measure with the release preset");
  } else {
    add(findings, Severity::ok, "build", type + ", " + environment.get("build", "compiler"));
  }
}

// How many different "siblings …" the topology's parts name.
std::size_t cores(const std::string& topology) {
  constexpr std::string_view word = "siblings ";
  std::set<std::string> found;
  for (std::size_t at = 0; (at = topology.find(word, at)) != std::string::npos;) {
    at += word.size();
    found.insert(topology.substr(at, topology.find(';', at) - at));
  }
  return found.size();
}

void judge_cpus(const Environment& environment, Findings& findings) {
  const auto allowed = environment.get("cpu", "allowed");
  const auto count = 1 + std::count(allowed.begin(), allowed.end(), ',');
  const auto seen =
      fmt::format("may use {} of {} CPUs ({})", count, environment.get("cpu", "online"), allowed);
  if (count < 2) {
    add(findings, Severity::warning, "cpus", seen,
        "only placement same-cpu can be measured; allow two CPUs");
  } else if (count < 4) {
    add(findings, Severity::note, "cpus", seen,
        "everything else on the machine shares the CPUs of a trial: keep it quiet");
  } else {
    add(findings, Severity::ok, "cpus", seen);
  }
  const auto smt = environment.get("cpu", "smt");
  if (count > 1 && cores(environment.get("cpu", "topology")) == 1) {
    add(findings, Severity::warning, "smt", "all these CPUs are hardware threads of one core",
        "name CPUs of two cores in --cpus, or read cross-cpu figures as those of one core");
  } else if (smt == "on") {
    add(findings, Severity::note, "smt", "hardware threads share cores",
        "whole cores are taken first; keep their siblings idle, or switch SMT off");
  }
  const auto kinds = environment.get("cpu", "core_kinds");
  if (kinds.find("; ") != std::string::npos)
    add(findings, Severity::warning, "core kinds", "of several kinds: " + kinds,
        "name CPUs of one kind in --cpus; free workers may run on any");
  const auto isolated = environment.get("cpu", "isolated");
  if (isolated == "n/a" || isolated.empty()) {
    add(findings, Severity::note, "isolation", "no isolated CPUs",
        "for the steadiest figures boot with isolcpus=, nohz_full=, rcu_nocbs= and name them in "
        "--cpus");
  } else {
    add(findings, Severity::ok, "isolation", "isolated CPUs: " + isolated);
  }
}

void judge_frequency(const Environment& environment, Findings& findings) {
  const auto governor = environment.get("cpu", "governor");
  if (governor == "performance") {
    add(findings, Severity::ok, "governor", governor);
  } else if (governor == "n/a") {
    add(findings, Severity::note, "governor", "the clock frequency cannot be seen from here",
        "on a virtual machine only the host can fix it; the canary's spin shows changes");
  } else {
    add(findings, Severity::warning, "governor", governor,
        "cpupower frequency-set -g performance (as root)");
  }
  if (environment.get("cpu", "turbo") == "on")
    add(findings, Severity::note, "turbo", "the clock rises and falls with heat and load",
        "switch it off for comparisons: echo 0 > /sys/devices/system/cpu/cpufreq/boost, or echo 1 "
        "> /sys/devices/system/cpu/intel_pstate/no_turbo");
}

void judge_load(const Environment& environment, Findings& findings) {
  const auto average = number_or(environment, "load", "average", 0);
  const auto cpus = number_or(environment, "cpu", "online", 1);
  const auto seen =
      fmt::format("load average of the last minute {:.2f} on {:.0f} CPUs", average, cpus);
  if (average > 0.25 * cpus) {
    add(findings, Severity::warning, "load", seen, "wait until the machine is idle");
  } else {
    add(findings, Severity::ok, "load", seen);
  }
  const auto quota = environment.get("limits", "cgroup.cpu.max");
  if (!quota.empty() && quota != "n/a" && !quota.starts_with("max"))
    add(findings, Severity::warning, "cgroup",
        "the control group may use only so many µs of CPU a period: " + quota,
        "measure without a CPU quota: it stops processes in mid-flight");
}

void judge_clock(const Environment& environment, Findings& findings) {
  const auto source = environment.get("clock", "source");
  const auto cost = number_or(environment, "clock", "cost_ns", 0);
  const auto seen = fmt::format("{}, one reading costs {:.0f} ns", source, cost);
  if (cost > 200) {
    add(findings, Severity::warning, "clock", seen + ": a system call each",
        "choose a clock source the vDSO can read (tsc, kvm-clock, arch_sys_counter)");
  } else if (cost > 50) {
    add(findings, Severity::note, "clock", seen,
        "trips below a microsecond are measured in batches");
  } else {
    add(findings, Severity::ok, "clock", seen);
  }
  const auto slack = number_or(environment, "clock", "timer_slack_ns", 50'000);
  if (slack > 50'000)
    add(findings, Severity::note, "timer slack", fmt::format("{:.0f} ns", slack),
        "timed waits may be that late; start from a shell with the default of 50000");
}

void judge_queues(const Environment& environment, Findings& findings) {
  const auto depth = number_or(environment, "limits", "mqueue.msg_max", 0);
  const auto bytes = number_or(environment, "limits", "mqueue.msgsize_max", 0);
  const auto limit = environment.get("limits", "rlimit.msgqueue");
  const auto room = limit.starts_with("unlimited") ? 1e18 : number(limit).value_or(0);
  if (depth <= 0) {
    add(findings, Severity::note, "POSIX queues", "no POSIX message queues in this kernel",
        "posix_mq will be skipped");
  } else {
    // mq_overview(7): each message costs its size and some 64 bytes of bookkeeping.
    const auto queues = room / (depth * (bytes + 64));
    const auto seen =
        fmt::format("{:.0f} messages of {:.0f} B a queue, room for {:.0f} such queues", depth,
                    bytes, std::min(queues, 1e6));
    add(findings, queues < 4 ? Severity::warning : Severity::note, "POSIX queues", seen,
        "deeper or larger needs sysctl fs.mqueue.msg_max and msgsize_max, more queues "
        "ulimit -q (as root)");
  }
  const auto sysv = environment.get("limits", "msgmnb");
  if (number(sysv).value_or(0) < 65536)
    add(findings, Severity::note, "SysV queues",
        fmt::format("{} B a queue{}, {} B a message", sysv,
                    number(sysv).value_or(default_sysv_queue) < default_sysv_queue
                        ? fmt::format(" (by default {:.0f} B)", default_sysv_queue)
                        : "",
                    environment.get("limits", "msgmax")),
        "the queue holds few large messages; sysctl kernel.msgmnb and kernel.msgmax raise it");
}

void judge_room(const Environment& environment, Findings& findings) {
  const auto free = number(environment.get("load", "dev_shm_free_bytes"));
  const auto mib = free.value_or(0) / (1024 * 1024);
  if (!free) {
    add(findings, Severity::warning, "shared memory", "/dev/shm is not there",
        "mount -t tmpfs tmpfs /dev/shm");
  } else if (mib < 256) {
    add(findings, Severity::warning, "shared memory",
        fmt::format("{:.0f} MiB free in /dev/shm", mib),
        "large messages need more: mount -o remount,size=1G /dev/shm, or docker --shm-size=1g");
  } else {
    add(findings, Severity::ok, "shared memory", fmt::format("{:.0f} MiB free in /dev/shm", mib));
  }
  const auto pipe = number_or(environment, "limits", "pipe-max-size", 0);
  if (pipe < 1024 * 1024)
    add(findings, Severity::note, "pipe size", fmt::format("a pipe holds at most {:.0f} B", pipe),
        "sysctl fs.pipe-max-size raises it");
  const auto pages = environment.get("limits", "pipe-user-pages-soft");
  if (number(pages).value_or(default_pipe_pages) < default_pipe_pages && pages != "0")
    add(findings, Severity::note, "pipe pages",
        fmt::format("a user's pipes beyond {} pages get two pages each", pages),
        "sysctl fs.pipe-user-pages-soft raises it; 0 is no limit");
  const auto socket = number_or(environment, "limits", "net.wmem_default", default_socket);
  if (socket < default_socket)
    add(findings, Severity::note, "sockets",
        fmt::format("hold {:.0f} B, by default {:.0f} B", socket, default_socket),
        "sysctl net.core.wmem_default raises it");
  const auto files = environment.get("limits", "rlimit.nofile");
  if (!files.starts_with("unlimited") && number(files).value_or(0) < 256)
    add(findings, Severity::warning, "descriptors", files + " open files at most",
        "ulimit -n 1024");
}

void judge_memory(const Environment& environment, Findings& findings) {
  if (environment.get("kernel", "thp") == "always")
    add(findings, Severity::note, "huge pages",
        "transparent huge pages always: buffers above 2 MiB may or may not get one",
        "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled for steadier large messages");
  if (environment.get("kernel", "aslr") == "0")
    add(findings, Severity::note, "aslr", "address randomisation is off",
        "leave it on: one fixed layout is one sample of many");
}

}  // namespace

std::vector<DoctorFinding> judge_environment(const Environment& environment) {
  Findings findings;
  judge_build(environment, findings);
  judge_cpus(environment, findings);
  judge_frequency(environment, findings);
  judge_load(environment, findings);
  judge_clock(environment, findings);
  judge_queues(environment, findings);
  judge_room(environment, findings);
  judge_memory(environment, findings);
  return findings;
}

}  // namespace ipcmark
