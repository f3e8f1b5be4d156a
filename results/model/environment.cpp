#include "results/model/environment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace ipcmark {

std::string Environment::get(const std::string& group, const std::string& name) const {
  const auto in_group = facts.find(group);
  if (in_group == facts.end()) return {};
  const auto fact = in_group->second.find(name);
  return fact == in_group->second.end() ? std::string{} : fact->second;
}

std::string throttled_sentence(const Environment& environment) {
  const auto ns_of = [&environment](const char* name) {
    return std::strtoull(environment.get("load", name).c_str(), nullptr, 10);  // 0 of "n/a"
  };
  const std::uint64_t before = ns_of("throttled_before_ns");
  const std::uint64_t after = ns_of("throttled_after_ns");
  if (after <= before) return {};
  return fmt::format(
      "Throttled: the control group's CPU quota ({}) kept processes from running for {:.3g} s; "
      "measure without it.",
      environment.get("limits", "cgroup.cpu.max"), static_cast<double>(after - before) / 1e9);
}

unsigned cpus_of(const Environment& environment) {
  const std::string allowed = environment.get("cpu", "allowed");  // "0,3" names two
  if (allowed.empty() || allowed == "n/a") return 0;
  return 1 + static_cast<unsigned>(std::count(allowed.begin(), allowed.end(), ','));
}

}  // namespace ipcmark
