#include "scenarios/machine/placement.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <utility>

#include "scenarios/machine/facts.hpp"

namespace ipcmark {
namespace {

constexpr int max_cpus = 1 << 20;  // far above what any kernel is built for

std::string topology(int cpu, const char* what) {
  std::ifstream file(fmt::format("/sys/devices/system/cpu/cpu{}/{}", cpu, what));
  std::string line;
  std::getline(file, line);
  return line;
}

// Whole cores first, those of the first CPU's kind and then those that share its last-level cache
// before others, and a core's second hardware thread last: the usual meaning of "another CPU".
std::vector<CpuPlace> by_distance(const std::vector<CpuPlace>& allowed) {
  std::vector<std::tuple<bool, bool, bool, bool, int, std::size_t>> order;
  std::set<std::string> cores;
  for (std::size_t i = 0; i < allowed.size(); ++i) {
    const CpuPlace& place = allowed[i];
    const CpuPlace& first = allowed.front();
    order.emplace_back(!cores.insert(place.core).second, place.kind != first.kind,
                       place.package != first.package, place.cache != first.cache, place.cpu, i);
  }
  std::sort(order.begin(), order.end());
  std::vector<CpuPlace> places;
  places.reserve(order.size());
  for (const auto& entry : order) places.push_back(allowed[std::get<5>(entry)]);
  return places;
}

std::vector<int> numbers_of(const std::vector<CpuPlace>& places) {
  std::vector<int> cpus;
  cpus.reserve(places.size());
  for (const CpuPlace& place : places) cpus.push_back(place.cpu);
  return cpus;
}

std::size_t how_many(const std::vector<CpuPlace>& places, std::string CpuPlace::*what) {
  std::set<std::string> different;
  for (const CpuPlace& place : places) different.insert(place.*what);
  return different.size();
}

bool two_cpus(const std::vector<CpuPlace>& places) {
  const auto cpus = numbers_of(places);
  return std::set<int>(cpus.begin(), cpus.end()).size() >= 2;
}

// All hardware threads of the first core that has two; none: no core has.
std::vector<CpuPlace> first_shared_core(const std::vector<CpuPlace>& allowed) {
  for (const CpuPlace& first : allowed) {
    std::vector<CpuPlace> threads;
    for (const CpuPlace& place : allowed)
      if (place.core == first.core) threads.push_back(place);
    if (two_cpus(threads)) return threads;
  }
  return {};
}

// Packages take turns, as long as there are two to do so.
std::vector<CpuPlace> across_packages(const std::vector<CpuPlace>& allowed) {
  std::vector<CpuPlace> left = by_distance(allowed);
  std::vector<CpuPlace> places;
  while (true) {
    std::set<std::string> packages;
    std::vector<CpuPlace> turn;
    std::vector<CpuPlace> rest;
    for (const CpuPlace& place : left)
      (packages.insert(place.package).second ? turn : rest).push_back(place);
    if (turn.size() < 2) return places;
    places.insert(places.end(), turn.begin(), turn.end());
    left = std::move(rest);
  }
}

// The CPUs that --cpus names, in its order.
std::vector<CpuPlace> named(const RunSpec& spec, const std::vector<CpuPlace>& allowed) {
  std::vector<CpuPlace> places;
  for (const int cpu : spec.cpus)
    places.push_back(*std::find_if(allowed.begin(), allowed.end(),
                                   [cpu](const CpuPlace& place) { return place.cpu == cpu; }));
  return places;
}

PlacementAnswer answer_if(bool ok, const std::vector<CpuPlace>& places, bool asked,
                          const char* refusal, const char* refusal_of_asked) {
  if (ok) return {numbers_of(places), {}};
  return {{}, asked ? refusal_of_asked : refusal};
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
  for (int wide = CPU_SETSIZE; wide <= max_cpus; wide *= 2) {
    cpu_set_t* set = CPU_ALLOC(static_cast<std::size_t>(wide));
    if (set == nullptr) return {};
    const auto bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(wide));
    const int answer = ::sched_getaffinity(0, bytes, set);
    const int error = errno;
    std::vector<int> cpus;
    if (answer == 0)
      for (int cpu = 0; cpu < wide; ++cpu)
        if (CPU_ISSET_S(static_cast<std::size_t>(cpu), bytes, set)) cpus.push_back(cpu);
    CPU_FREE(set);
    if (answer == 0 || error != EINVAL) return cpus;
  }
  return {};
}

std::vector<CpuPlace> places_of(const std::vector<int>& cpus) {
  std::vector<CpuPlace> places;
  places.reserve(cpus.size());
  for (const int cpu : cpus) {
    auto core = topology(cpu, "topology/thread_siblings_list");
    if (core.empty()) core = fmt::format("unknown {}", cpu);
    places.push_back({cpu, std::move(core), topology(cpu, "topology/physical_package_id"),
                      topology(cpu, "cache/index3/shared_cpu_list"),
                      core_kind("/sys/devices", cpu)});
  }
  return places;
}

PlacementAnswer choose_cpus(const RunSpec& spec, const std::vector<CpuPlace>& allowed) {
  if (allowed.empty()) return {{}, "the CPUs this process may use could not be read"};
  if (auto refusal = not_allowed(spec.cpus, numbers_of(allowed)); !refusal.empty())
    return {{}, refusal};
  const bool asked = !spec.cpus.empty();
  const auto asked_places = named(spec, allowed);
  switch (spec.placement) {
    case Placement::unpinned:
      if (asked) return {{}, "--cpus has no meaning with placement unpinned"};
      return {};
    case Placement::same_cpu:
      return {{asked ? spec.cpus.front() : allowed.front().cpu}, {}};
    case Placement::cross_cpu: {
      const auto places = asked ? asked_places : by_distance(allowed);
      return answer_if(two_cpus(places), places, asked,
                       "placement cross-cpu needs two CPUs and this process may use one; take "
                       "--placement same-cpu or unpinned",
                       "placement cross-cpu needs two different CPUs in --cpus");
    }
    case Placement::same_core: {
      const auto places = asked ? asked_places : first_shared_core(allowed);
      return answer_if(
          two_cpus(places) && how_many(places, &CpuPlace::core) == 1, places, asked,
          "placement same-core needs a core with two hardware threads that this process "
          "may use, and there is none; take --placement cross-cpu or same-cpu",
          "placement same-core needs two hardware threads of one core in --cpus");
    }
    case Placement::cross_socket: {
      const auto places = asked ? asked_places : across_packages(allowed);
      return answer_if(
          how_many(places, &CpuPlace::package) >= 2, places, asked,
          "placement cross-socket needs CPUs in two packages, and this process may use "
          "those of one; take --placement cross-cpu",
          "placement cross-socket needs CPUs of two packages in --cpus");
    }
  }
  return {{}, "unknown placement"};
}

int pin_this_thread(int cpu) {
  if (cpu < 0 || cpu >= max_cpus) return EINVAL;  // as the kernel says of one that is not there
  const auto wide = static_cast<std::size_t>(std::max(cpu + 1, CPU_SETSIZE));
  cpu_set_t* set = CPU_ALLOC(wide);
  if (set == nullptr) return ENOMEM;
  const auto bytes = CPU_ALLOC_SIZE(wide);
  CPU_ZERO_S(bytes, set);
  CPU_SET_S(static_cast<std::size_t>(cpu), bytes, set);
  const int error = ::sched_setaffinity(0, bytes, set) == 0 ? 0 : errno;
  CPU_FREE(set);
  return error;
}

bool may_run_on(int cpu) {
  bool granted = false;
  std::thread([cpu, &granted] { granted = pin_this_thread(cpu) == 0; }).join();
  return granted;
}

PlacementAnswer place(const RunSpec& spec, const std::vector<int>& allowed) {
  std::vector<int> usable = allowed;
  for (const int cpu : spec.cpus) {
    const bool known = std::find(usable.begin(), usable.end(), cpu) != usable.end();
    if (!known && may_run_on(cpu)) usable.push_back(cpu);
  }
  return choose_cpus(spec, places_of(usable));
}

std::vector<int> cpus_for_canary(const RunSpec& spec, const std::vector<int>& allowed) {
  std::vector<int> cpus = place(spec, allowed).cpus;
  if (cpus.empty()) cpus = place(RunSpec{}, allowed).cpus;
  return cpus.empty() ? allowed : cpus;
}

}  // namespace ipcmark
