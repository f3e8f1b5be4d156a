#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <utility>

#include "backends/kernel/file_text.hpp"
#include "results/model/option_value.hpp"
#include "scenarios/machine/facts.hpp"
#include "scenarios/machine/placement.hpp"

namespace ipcmark {
namespace {

const std::string cpu_root = "/sys/devices/system/cpu";

// The first processor's lines of /proc/cpuinfo; every architecture names them differently.
std::map<std::string, std::string> cpuinfo() {
  std::map<std::string, std::string> lines;
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line) && !line.empty();) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    const auto name = line.substr(0, line.find_last_not_of(" \t", colon - 1) + 1);
    const auto start = line.find_first_not_of(" \t", colon + 1);
    lines.emplace(name, start == std::string::npos ? "" : line.substr(start));
  }
  return lines;
}

std::string first_of(const std::map<std::string, std::string>& lines,
                     std::initializer_list<const char*> names) {
  for (const auto* name : names)
    if (const auto found = lines.find(name); found != lines.end() && !found->second.empty())
      return found->second;
  return "n/a";
}

// "0: core 0 package 0 siblings 0; 1: …": who shares what, as the kernel sees it.
std::string topology() {
  std::vector<std::string> parts;
  for (const int cpu : allowed_cpus()) {
    const auto base = fmt::format("{}/cpu{}/topology/", cpu_root, cpu);
    parts.push_back(fmt::format(
        "{}: core {} package {} siblings {}", cpu, fact_or_na(base + "core_id"),
        fact_or_na(base + "physical_package_id"), fact_or_na(base + "thread_siblings_list")));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string caches(int cpu) {
  std::vector<std::string> parts;
  for (int index = 0; index < 16; ++index) {
    const auto base = fmt::format("{}/cpu{}/cache/index{}/", cpu_root, cpu, index);
    const auto level = read_fact(base + "level");
    if (level.empty()) break;
    parts.push_back(fmt::format("L{} {} {} line {} shared by {}", level, fact_or_na(base + "type"),
                                fact_or_na(base + "size"), fact_or_na(base + "coherency_line_size"),
                                fact_or_na(base + "shared_cpu_list")));
  }
  return parts.empty() ? "n/a" : fmt::format("{}", fmt::join(parts, "; "));
}

std::string numa() {
  std::vector<std::string> parts;
  const std::string nodes = "/sys/devices/system/node";
  for (const std::string& name : names_in(nodes)) {
    if (name.starts_with("node") && name.size() > 4 && name[4] >= '0' && name[4] <= '9')
      parts.push_back(
          fmt::format("{}: cpus {}", name, fact_or_na(fmt::format("{}/{}/cpulist", nodes, name))));
  }
  return parts.empty() ? "n/a" : fmt::format("{}", fmt::join(parts, "; "));
}

std::string governors() {
  std::set<std::string> seen;
  for (const int cpu : allowed_cpus())
    if (auto text = read_fact(fmt::format("{}/cpu{}/cpufreq/scaling_governor", cpu_root, cpu));
        !text.empty())
      seen.insert(std::move(text));
  return seen.empty() ? "n/a" : fmt::format("{}", fmt::join(seen, ", "));
}

std::string turbo() {
  if (const auto off = read_fact(cpu_root + "/intel_pstate/no_turbo"); !off.empty())
    return off == "0" ? "on" : "off";
  if (const auto boost = read_fact(cpu_root + "/cpufreq/boost"); !boost.empty())
    return boost == "1" ? "on" : "off";
  return "n/a";
}

std::string mitigations() {
  std::vector<std::string> parts;
  const std::string all = cpu_root + "/vulnerabilities";
  for (const std::string& name : names_in(all))
    parts.push_back(fmt::format("{}: {}", name, fact_or_na(fmt::format("{}/{}", all, name))));
  return parts.empty() ? "n/a" : fmt::format("{}", fmt::join(parts, "; "));
}

// x86 tells by a flag that there is a hypervisor; DMI and sysfs tell which.
std::string hypervisor(const std::string& flags) {
  std::string name;
  for (const auto* path : {"/sys/hypervisor/type", "/sys/class/dmi/id/sys_vendor"})
    if (name.empty()) name = read_fact(path);
  if ((" " + flags + " ").find(" hypervisor ") != std::string::npos)
    return name.empty() ? "yes" : "yes (" + name + ")";
  return name.empty() ? "none seen" : "none seen (" + name + ")";
}

}  // namespace

// Of a hybrid x86 the kernel has a performance counter for each kind of core, which lists its CPUs;
// other architectures, and newer kernels, tell each CPU's capacity.
std::string core_kind(const std::string& devices, int cpu) {
  for (const auto* kind : {"cpu_core", "cpu_atom", "cpu_lowpower"}) {
    const auto cpus = cpus_value(read_fact(fmt::format("{}/{}/cpus", devices, kind)));
    if (cpus && std::find(cpus->begin(), cpus->end(), cpu) != cpus->end()) return kind;
  }
  const auto capacity = read_fact(fmt::format("{}/system/cpu/cpu{}/cpu_capacity", devices, cpu));
  return capacity.empty() ? "" : "capacity " + capacity;
}

std::string core_kinds(const std::string& devices, const std::vector<int>& cpus) {
  std::vector<std::pair<std::string, std::vector<int>>> kinds;
  for (const int cpu : cpus) {
    const std::string kind = core_kind(devices, cpu);
    if (kind.empty()) continue;
    auto known = std::find_if(kinds.begin(), kinds.end(),
                              [&kind](const auto& each) { return each.first == kind; });
    if (known == kinds.end()) known = kinds.insert(known, {kind, {}});
    known->second.push_back(cpu);
  }
  if (kinds.size() < 2) return "alike";
  std::vector<std::string> parts;
  parts.reserve(kinds.size());
  for (const auto& [kind, own] : kinds)
    parts.push_back(fmt::format("{}: {}", kind, cpus_text(own)));
  return fmt::format("{}", fmt::join(parts, "; "));
}

Facts cpu_facts() {
  const auto info = cpuinfo();
  const auto allowed = allowed_cpus();
  Facts facts;
  facts["model"] = first_of(
      info, {"model name", "Model", "cpu model", "cpu", "Hardware", "CPU part", "uarch", "isa"});
  facts["flags"] = first_of(info, {"flags", "Features", "isa"});
  facts["microcode"] = first_of(info, {"microcode", "CPU revision"});
  facts["online"] = std::to_string(::sysconf(_SC_NPROCESSORS_ONLN));
  facts["allowed"] = fmt::format("{}", fmt::join(allowed, ","));
  facts["core_kinds"] = core_kinds("/sys/devices", allowed);
  facts["topology"] = topology();
  facts["caches"] = allowed.empty() ? "n/a" : caches(allowed.front());
  facts["numa"] = numa();
  facts["governor"] = governors();
  facts["turbo"] = turbo();
  add_file(facts, "smt", cpu_root + "/smt/control");
  add_file(facts, "isolated", cpu_root + "/isolated");
  add_file(facts, "nohz_full", cpu_root + "/nohz_full");
  facts["mitigations"] = mitigations();
  facts["hypervisor"] = hypervisor(facts["flags"]);
  return facts;
}

}  // namespace ipcmark
