#include "results/model/trial.hpp"

#include <array>
#include <utility>

#include "results/text/units.hpp"

namespace ipcmark {
namespace {

constexpr std::array<std::pair<State, const char*>, 6> state_names{
    {{State::passed, "passed"},
     {State::failed, "failed"},
     {State::skipped, "skipped"},
     {State::timeout, "timeout"},
     {State::deadlock, "deadlock"},
     {State::interrupted, "interrupted"}}};

constexpr std::array<std::pair<Cause, const char*>, 11> cause_names{
    {{Cause::none, "none"},
     {Cause::unsupported, "unsupported"},
     {Cause::check, "check"},
     {Cause::operation, "operation"},
     {Cause::crash, "crash"},
     {Cause::killed, "killed"},
     {Cause::stage_limit, "stage-limit"},
     {Cause::stall, "stall"},
     {Cause::deadlock, "deadlock"},
     {Cause::stopped, "stopped"},
     {Cause::void_round, "void-round"}}};

}  // namespace

const char* to_string(Cause value) {
  for (const auto& [cause, name] : cause_names) {
    if (cause == value) return name;
  }
  return "unknown";
}

std::optional<Cause> cause_from(std::string_view text) {
  for (const auto& [cause, name] : cause_names) {
    if (text == name) return cause;
  }
  return std::nullopt;
}

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

int severity(State value) {
  switch (value) {
    case State::passed:
      return 0;
    case State::skipped:
      return 1;
    case State::interrupted:
      return 2;
    case State::timeout:
      return 3;
    case State::deadlock:
      return 4;
    case State::failed:
      return 5;
  }
  return 5;
}

bool is_failure(State value) { return severity(value) > severity(State::interrupted); }

const Metric* Trial::metric(std::string_view name) const {
  for (const Metric& each : metrics) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

std::string mistaken_unit(const std::vector<Metric>& metrics) {
  for (const Metric& each : metrics) {
    if (each.unit.empty() || is_base_unit(each.unit)) continue;
    return "a mistake of the scenario: metric '" + each.name + "' has an " +
           unknown_unit_text(each.unit);
  }
  return {};
}

}  // namespace ipcmark
