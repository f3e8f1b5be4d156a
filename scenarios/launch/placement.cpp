#include "scenarios/launch/placement.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <set>
#include <string>
#include <tuple>

namespace ipcmark {
namespace {

std::string topology(int cpu, const char* what) {
  std::ifstream file(fmt::format("/sys/devices/system/cpu/cpu{}/{}", cpu, what));
  std::string line;
  std::getline(file, line);
  return line;
}

// Whole cores first, those that share the first CPU's last-level cache before others, and a core's
// second hardware thread last: the usual meaning of "another CPU".
std::vector<int> by_distance(const std::vector<int>& allowed) {
  if (allowed.empty()) return {};
  const auto package = topology(allowed.front(), "topology/physical_package_id");
  const auto cache = topology(allowed.front(), "cache/index3/shared_cpu_list");
  std::vector<std::tuple<bool, bool, bool, int>> order;
  std::set<std::string> cores;
  for (const int cpu : allowed) {
    auto siblings = topology(cpu, "topology/thread_siblings_list");
    if (siblings.empty()) siblings = fmt::format("unknown {}", cpu);
    const bool sibling = !cores.insert(siblings).second;
    order.emplace_back(sibling, topology(cpu, "topology/physical_package_id") != package,
                       topology(cpu, "cache/index3/shared_cpu_list") != cache, cpu);
  }
  std::sort(order.begin(), order.end());
  std::vector<int> cpus;
  cpus.reserve(order.size());
  for (const auto& entry : order) cpus.push_back(std::get<3>(entry));
  return cpus;
}

std::string not_allowed(const std::vector<int>& cpus, const std::vector<int>& allowed) {
  for (const int cpu : cpus)
    if (std::find(allowed.begin(), allowed.end(), cpu) == allowed.end())
      return fmt::format("--cpus names CPU {}, but this process may only use {}", cpu,
                         fmt::join(allowed, ","));
  return {};
}

}  // namespace

std::vector<int> allowed_cpus() {
  // The kernel refuses a mask shorter than its own (EINVAL): grow until it fits.
  for (int most = CPU_SETSIZE; most <= 1 << 20; most *= 2) {
    cpu_set_t* set = CPU_ALLOC(static_cast<std::size_t>(most));
    if (set == nullptr) return {};
    const auto bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(most));
    const int answer = ::sched_getaffinity(0, bytes, set);
    const int error = errno;
    std::vector<int> cpus;
    if (answer == 0)
      for (int cpu = 0; cpu < most; ++cpu)
        if (CPU_ISSET_S(static_cast<std::size_t>(cpu), bytes, set)) cpus.push_back(cpu);
    CPU_FREE(set);
    if (answer == 0 || error != EINVAL) return cpus;
  }
  return {};
}

PlacementAnswer place(const RunSpec& spec, const std::vector<int>& allowed) {
  if (allowed.empty()) return {{}, "the CPUs this process may use could not be read"};
  if (auto refusal = not_allowed(spec.cpus, allowed); !refusal.empty()) return {{}, refusal};
  switch (spec.placement) {
    case Placement::unpinned:
      if (!spec.cpus.empty()) return {{}, "--cpus has no meaning with placement unpinned"};
      return {};
    case Placement::same_cpu:
      return {{spec.cpus.empty() ? allowed.front() : spec.cpus.front()}, {}};
    case Placement::cross_cpu: {
      auto cpus = spec.cpus.empty() ? by_distance(allowed) : spec.cpus;
      if (std::set<int>(cpus.begin(), cpus.end()).size() < 2)
        return {{},
                spec.cpus.empty()
                    ? "placement cross-cpu needs two CPUs and this process may use one; take "
                      "--placement same-cpu or unpinned"
                    : "placement cross-cpu needs two different CPUs in --cpus"};
      return {std::move(cpus), {}};
    }
  }
  return {{}, "unknown placement"};
}

std::vector<int> cpus_for_canary(const RunSpec& spec, const std::vector<int>& allowed) {
  std::vector<int> cpus = place(spec, allowed).cpus;
  if (cpus.empty()) cpus = place(RunSpec{}, allowed).cpus;
  return cpus.empty() ? allowed : cpus;
}

}  // namespace ipcmark
