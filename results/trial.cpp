#include "results/trial.hpp"

#include <array>
#include <utility>

namespace ipcmark {
namespace {

constexpr std::array<std::pair<State, const char*>, 6> state_names{
    {{State::passed, "passed"},
     {State::failed, "failed"},
     {State::skipped, "skipped"},
     {State::timeout, "timeout"},
     {State::deadlock, "deadlock"},
     {State::interrupted, "interrupted"}}};

}  // namespace

const char* to_string(State value) {
  for (const auto& [state, name] : state_names) {
    if (state == value) return name;
  }
  return "unknown";
}

std::optional<State> state_from(std::string_view text) {
  for (const auto& [state, name] : state_names) {
    if (text == name) return state;
  }
  return std::nullopt;
}

const Metric* Trial::metric(std::string_view name) const {
  for (const Metric& each : metrics) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

}  // namespace ipcmark
