#include "scenarios/machine/environment_probe.hpp"

#include <fmt/format.h>
#include <gnu/libc-version.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>

#include "backends/deadline.hpp"
#include "scenarios/machine/build_facts.hpp"
#include "scenarios/machine/clock_step.hpp"
#include "scenarios/machine/control_group.hpp"
#include "scenarios/machine/facts.hpp"

namespace ipcmark {
namespace {

Facts library_group() {
  const auto build = build_facts();
  return {{"glibc", ::gnu_get_libc_version()},
          {"libstdc++", std::to_string(__GLIBCXX__)},
          {"libzmq", build.libzmq},
          {"boost", build.boost},
          {"fmt", build.fmt},
          {"nlohmann_json", build.json},
          {"simdjson", build.simdjson}};
}

std::string free_shared_memory() {
  struct statvfs status {};
  if (::statvfs("/dev/shm", &status) != 0) return "n/a";
  return std::to_string(status.f_bavail * status.f_frsize);
}

// Of the own control group, so far.
std::string throttled_ns() {
  const auto ns = ControlGroup::own().throttled_ns();
  return ns ? std::to_string(*ns) : "n/a";
}

}  // namespace

std::string steal_ticks() {
  std::ifstream file("/proc/stat");
  std::string word;
  std::string value;
  file >> word;
  for (int column = 0; column < 8; ++column) file >> value;  // the eighth: proc(5)
  return file && word == "cpu" ? value : "n/a";
}

Facts load_facts() {
  Facts facts;
  add_file(facts, "average", "/proc/loadavg");
  for (const auto* what : {"cpu", "memory", "io"})
    add_file(facts, std::string{"pressure."} + what, std::string{"/proc/pressure/"} + what);
  facts["steal_before"] = steal_ticks();
  facts["throttled_before_ns"] = throttled_ns();
  facts["dev_shm_free_bytes"] = free_shared_memory();
  add_file(facts, "uptime_s", "/proc/uptime");
  return facts;
}

Facts clock_facts() {
  Facts facts;
  const std::string source = "/sys/devices/system/clocksource/clocksource0/";
  add_file(facts, "source", source + "current_clocksource");
  add_file(facts, "available", source + "available_clocksource");
  facts["cost_ns"] = fmt::format("{:.1f}", clock_cost_ns());
  facts["step_ns"] = std::to_string(clock_step_ns());
  const int slack = ::prctl(PR_GET_TIMERSLACK);
  facts["timer_slack_ns"] = slack < 0 ? "n/a" : std::to_string(slack);
  return facts;
}

double clock_cost_ns() {
  constexpr unsigned calls = 1000;
  double best = std::numeric_limits<double>::max();
  for (unsigned batch = 0; batch < 20; ++batch) {
    const auto begin = now_ns();
    std::uint64_t last = begin;
    for (unsigned i = 0; i < calls; ++i) last = now_ns();
    best = std::min(best, static_cast<double>(last - begin) / calls);
  }
  return best;
}

Facts build_group() {
  const auto build = build_facts();
  return {{"version", build.version},   {"revision", build.revision},
          {"compiler", build.compiler}, {"flags", build.flags},
          {"type", build.build_type},   {"sanitizers", build.sanitizers}};
}

Environment probe_environment() {
  Environment environment;
  environment.facts = {{"cpu", cpu_facts()},          {"kernel", kernel_facts()},
                       {"limits", limit_facts()},     {"load", load_facts()},
                       {"clock", clock_facts()},      {"build", build_group()},
                       {"libraries", library_group()}};
  return environment;
}

void note_end_of_run(Environment& environment) {
  auto& load = environment.facts["load"];
  add_file(load, "average_after", "/proc/loadavg");
  for (const auto* what : {"cpu", "memory", "io"})
    add_file(load, std::string{"pressure_after."} + what, std::string{"/proc/pressure/"} + what);
  load["steal_after"] = steal_ticks();
  load["throttled_after_ns"] = throttled_ns();
}

}  // namespace ipcmark
