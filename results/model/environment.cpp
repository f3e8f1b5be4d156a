#include "results/model/environment.hpp"

#include <algorithm>

namespace ipcmark {

std::string Environment::get(const std::string& group, const std::string& name) const {
  const auto in_group = facts.find(group);
  if (in_group == facts.end()) return {};
  const auto fact = in_group->second.find(name);
  return fact == in_group->second.end() ? std::string{} : fact->second;
}

unsigned cpus_of(const Environment& environment) {
  const std::string allowed = environment.get("cpu", "allowed");  // "0,3" names two
  if (allowed.empty() || allowed == "n/a") return 0;
  return 1 + static_cast<unsigned>(std::count(allowed.begin(), allowed.end(), ','));
}

}  // namespace ipcmark
