#include "tools/doctor/doctor.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <map>
#include <sstream>

#include "backends/deadline.hpp"
#include "backends/kernel/file_text.hpp"
#include "scenarios/cleanup/manifest.hpp"
#include "scenarios/cleanup/trace_instances.hpp"
#include "scenarios/machine/environment_probe.hpp"
#include "scenarios/machine/facts.hpp"
#include "scenarios/machine/placement.hpp"
#include "tools/explain/kernel_events.hpp"
#include "tools/explain/switch_records.hpp"

namespace ipcmark {
namespace {

constexpr unsigned canaries = 40;
constexpr std::uint64_t look_ns = 1'200'000'000;
// Where sorted canaries jump by this factor, one state of the machine ends and another begins.
constexpr double state_jump = 1.5;
constexpr double slow_ns = 300;  // between cores of one chip it is 40 to 200

void pause_ms(long ms) {
  const timespec pause{0, ms * 1'000'000L};
  ::nanosleep(&pause, nullptr);
}

struct ProcessTime {
  std::string name;
  std::uint64_t ticks = 0;
};

// CPU time of every process we can see, in clock ticks (fields 14 and 15 of proc(5)'s stat; the
// name stands in parentheses and may hold anything).
std::map<int, ProcessTime> process_times() {
  std::map<int, ProcessTime> times;
  for (const std::string& leaf : names_in("/proc")) {
    int pid = 0;
    const auto [end, bad] = std::from_chars(leaf.data(), leaf.data() + leaf.size(), pid);
    if (bad != std::errc{} || end != leaf.data() + leaf.size() || pid == ::getpid()) continue;
    const auto text = read_fact("/proc/" + leaf + "/stat");
    const auto open = text.find('(');
    const auto close = text.rfind(')');
    if (open == std::string::npos || close == std::string::npos) continue;
    std::istringstream rest(text.substr(close + 1));
    std::string word;
    for (int field = 3; field < 14; ++field) rest >> word;
    std::uint64_t user = 0;
    std::uint64_t system = 0;
    if (rest >> user >> system)
      times[pid] = {text.substr(open + 1, close - open - 1), user + system};
  }
  return times;
}

DoctorFinding judge_processes(const std::map<int, ProcessTime>& before,
                              const std::map<int, ProcessTime>& after, std::uint64_t took_ns) {
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto seconds = static_cast<double>(took_ns) / 1e9;
  std::vector<std::pair<double, std::string>> heavy;
  for (const auto& [pid, now] : after) {
    const auto then = before.find(pid);
    const auto used = now.ticks - (then == before.end() ? 0 : then->second.ticks);
    const double share = static_cast<double>(used) / ticks / seconds;
    if (share >= 0.05)
      heavy.emplace_back(share, fmt::format("{} ({}) {:.0f} %", now.name, pid, share * 100));
  }
  if (heavy.empty())
    return {Severity::ok, "processes", "no other process used more than 5 % of a CPU", {}};
  std::sort(heavy.rbegin(), heavy.rend());
  std::vector<std::string> names;
  for (const auto& [share, name] : heavy)
    if (names.size() < 5) names.push_back(name);
  return {Severity::warning, "processes",
          fmt::format("busy beside us: {}{}", fmt::join(names, ", "),
                      heavy.size() > names.size() ? ", …" : ""),
          "let them end or stop them before measuring"};
}

double system_call_ns() {
  constexpr unsigned calls = 1000;
  double best = std::numeric_limits<double>::max();
  for (unsigned batch = 0; batch < 10; ++batch) {
    const auto begin = now_ns();
    for (unsigned i = 0; i < calls; ++i) (void)::syscall(SYS_getppid);
    best = std::min(best, static_cast<double>(now_ns() - begin) / calls);
  }
  return best;
}

DoctorFinding judge_system_call(double cost_ns) {
  const auto seen = fmt::format("a system call costs {:.0f} ns", cost_ns);
  if (cost_ns < 300) return {Severity::ok, "system call", seen, {}};
  return {Severity::note, "system call", seen + ": mitigations or a tracer make each one dearer",
          "compare only with machines of the same mitigations (they are in the result)"};
}

DoctorFinding judge_steal(const std::string& before, const std::string& after) {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  const auto parse = [](const std::string& text, std::uint64_t& value) {
    return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{};
  };
  if (!parse(before, first) || !parse(after, last))
    return {Severity::note, "steal", "the kernel does not tell stolen time", {}};
  if (last == first) return {Severity::ok, "steal", "no CPU time was stolen while looking", {}};
  return {
      Severity::warning, "steal",
      fmt::format("{} ticks of CPU time were stolen by the hypervisor while looking", last - first),
      "measure on a machine whose CPUs are not shared, or at another time"};
}

DoctorFinding judge_runs() {
  const auto report = clean_up(true);
  if (report.live_runs > 0)
    return {Severity::warning, "runs",
            fmt::format("{} of your runs of ipcmark going on now", report.live_runs),
            "wait for the end: two measuring runs ruin each other"};
  if (report.runs > 0)
    return {Severity::note, "runs",
            fmt::format("{} dead runs left {} objects behind", report.runs, report.removed.size()),
            "ipcmark clean"};
  return {Severity::ok, "runs", "no other run of yours, and nothing left by one", {}};
}

DoctorFinding judge_tracing() {
  const auto dead = trace_instances().dead.size();
  if (dead > 0)
    return {Severity::warning, "explain",
            fmt::format("{} trace instances of dead runs go on recording", dead), "ipcmark clean"};
  const std::string no_events = no_kernel_events();
  if (no_events.empty())
    return {Severity::ok, "explain", "ipcmark explain may record the kernel's events", {}};
  const std::string no_switches = no_switch_records();
  if (no_switches.empty())
    return {Severity::note, "explain",
            "ipcmark explain sees the workers' context switches, and no more of the kernel",
            no_events};
  return {Severity::note, "explain", "ipcmark explain sees nothing of the kernel",
          no_events + "; " + no_switches};
}

struct MachineState {
  std::vector<double> readings;  // sorted
  double middle() const { return readings[readings.size() / 2]; }
};

std::vector<MachineState> states_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  std::vector<MachineState> states;
  for (const double value : values) {
    if (states.empty() || value > states.back().readings.back() * state_jump) states.emplace_back();
    states.back().readings.push_back(value);
  }
  return states;
}

const char* name_of(const MachineState& state) {
  return state.middle() < slow_ns ? "fast" : "slow";
}

// Half of the readings lie within so much of the middle one.
double spread(const MachineState& state) {
  const auto& all = state.readings;
  return (all[all.size() * 3 / 4] - all[all.size() / 4]) / state.middle();
}

}  // namespace

const char* to_string(Severity value) {
  switch (value) {
    case Severity::ok:
      return "ok";
    case Severity::note:
      return "note";
    case Severity::warning:
      return "warning";
    case Severity::error:
      return "error";
  }
  return "unknown";
}

std::string id_of(const DoctorFinding& finding) {
  std::string id;
  for (const char c : finding.topic) {
    const bool capital = c >= 'A' && c <= 'Z';
    id += c == ' ' ? '-' : capital ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return id;
}

DoctorFinding judge_canaries(const std::vector<CanaryReading>& readings, bool hypervisor) {
  std::vector<double> trips;
  for (const auto& reading : readings)
    if (reading.core_to_core_ns > 0) trips.push_back(reading.core_to_core_ns);
  if (trips.size() < readings.size() / 2 || trips.empty())
    return {Severity::warning, "canary",
            fmt::format("only {} of {} core-to-core round trips could be taken", trips.size(),
                        readings.size()),
            "allow the process two CPUs, and end what else runs on them"};
  const auto states = states_of(std::move(trips));
  std::vector<std::string> parts;
  parts.reserve(states.size());
  for (const auto& state : states)
    parts.push_back(fmt::format("{} at {:.0f} ns ({} readings, half within {:.0f} %)",
                                name_of(state), state.middle(), state.readings.size(),
                                spread(state) * 100));
  const auto seen =
      fmt::format("core-to-core round trip: {}{}", fmt::join(parts, "; "),
                  hypervisor ? "; these are virtual CPUs, which the hypervisor moves" : "");
  if (states.size() > 1)
    return {Severity::warning, "canary", seen,
            "the machine changes its state: take more trials, compare only trials of one state"};
  if (spread(states.front()) > 0.25)
    return {Severity::warning, "canary", seen, "end what else runs; take more trials"};
  if (hypervisor)
    return {Severity::note, "canary", seen,
            "the state may change between runs: compare only figures whose canaries agree"};
  if (states.front().middle() >= slow_ns)
    return {Severity::note, "canary", seen,
            "these CPUs are far apart; name nearer ones with --cpus"};
  return {Severity::ok, "canary", seen, {}};
}

std::vector<DoctorFinding> examine_machine(const Program& program, const std::atomic<int>& stop) {
  const auto environment = probe_environment();
  auto findings = judge_environment(environment);
  const bool hypervisor = environment.get("cpu", "hypervisor").starts_with("yes");
  const auto cpus = allowed_cpus();
  RunSpec spec;  // cross-cpu, the default
  const auto placed = place(spec, cpus);

  const auto begin = now_ns();
  const auto steal_before = steal_ticks();
  const auto before = process_times();
  std::vector<CanaryReading> readings;
  for (unsigned i = 0; i < canaries && now_ns() - begin < look_ns && stop.load() == 0; ++i) {
    if (placed.unsupported_reason.empty()) readings.push_back(take_canary(first_two(placed.cpus)));
    pause_ms(25);
  }
  const auto after = process_times();
  findings.push_back(judge_processes(before, after, now_ns() - begin));
  findings.push_back(judge_steal(steal_before, steal_ticks()));
  if (placed.unsupported_reason.empty()) findings.push_back(judge_canaries(readings, hypervisor));
  findings.push_back(judge_system_call(system_call_ns()));
  findings.push_back(judge_runs());
  findings.push_back(judge_tracing());
  for (DoctorFinding& finding : judge_trial(program, stop)) findings.push_back(std::move(finding));
  return findings;
}

}  // namespace ipcmark
