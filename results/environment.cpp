#include "results/environment.hpp"

namespace ipcmark {

std::string Environment::get(const std::string& group, const std::string& name) const {
  const auto in_group = facts.find(group);
  if (in_group == facts.end()) return {};
  const auto fact = in_group->second.find(name);
  return fact == in_group->second.end() ? std::string{} : fact->second;
}

}  // namespace ipcmark
