#include "scenarios/scenario.hpp"

namespace ipcmark {

const ScenarioEntry* Program::scenario(std::string_view name) const {
  for (const ScenarioEntry& entry : scenarios) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

}  // namespace ipcmark
