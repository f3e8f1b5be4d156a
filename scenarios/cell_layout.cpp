#include "scenarios/cell_layout.hpp"

namespace ipcmark {

bool names_a_mechanism(const ScenarioEntry& scenario, const RunSpec& spec) {
  if (!scenario.uses_backend && !scenario.uses_lock && !scenario.uses_notifier) return true;
  return (scenario.uses_backend && !spec.backend.empty()) ||
         (scenario.uses_lock && !spec.lock.empty()) ||
         (scenario.uses_notifier && !spec.notifier.empty());
}

std::optional<Layout> layout_of(const Program& program, const RunSpec& spec) {
  const ScenarioEntry* scenario = program.scenario(spec.scenario);
  if (scenario == nullptr || !names_a_mechanism(*scenario, spec)) return std::nullopt;
  RunSpec whole = spec;
  resolve_options(program, whole);
  if (spec.backend.empty()) return scenario->layout(whole, nullptr);
  const BackendEntry* backend = program.registry.backend(spec.backend);
  if (backend == nullptr || *backend->compiled_out != '\0') return std::nullopt;
  return scenario->layout(whole, backend);
}

}  // namespace ipcmark
