#include "results/model/trial.hpp"

#include <algorithm>
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

constexpr std::array<std::pair<Cause, const char*>, 12> cause_names{
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
     {Cause::void_round, "void-round"},
     {Cause::no_fault, "no-fault"}}};

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

std::span<const IntegrityField> integrity_fields() {
  static constexpr auto fields = std::to_array<IntegrityField>({
      {{.name = "checked",
        .better = Better::higher,
        .sentence = "Messages that the checkers looked at.",
        .as = Recorded::derived},
       &Integrity::checked},
      {{.name = "lost",
        .better = Better::lower,
        .sentence = "Of them, those that never came.",
        .as = Recorded::derived},
       &Integrity::lost},
      {{.name = "duplicated",
        .better = Better::lower,
        .sentence = "Those that came again.",
        .as = Recorded::derived},
       &Integrity::duplicated},
      {{.name = "reordered",
        .better = Better::lower,
        .sentence = "Those that came before an earlier one.",
        .as = Recorded::derived},
       &Integrity::reordered},
      {{.name = "corrupted",
        .better = Better::lower,
        .sentence = "Those whose checksum or pattern was wrong.",
        .as = Recorded::derived},
       &Integrity::corrupted},
      {{.name = "wrong_length",
        .better = Better::lower,
        .sentence = "Those that were longer or shorter than sent.",
        .as = Recorded::derived},
       &Integrity::wrong_length},
  });
  return fields;
}

bool Integrity::clean() const {
  const auto fields = integrity_fields();
  return std::all_of(fields.begin(), fields.end(), [this](const IntegrityField& field) {
    return field.figure.better != Better::lower || this->*field.value == 0;
  });
}

void add(Integrity& to, const Integrity& more) {
  for (const IntegrityField& field : integrity_fields()) to.*field.value += more.*field.value;
}

std::span<const CanaryField> canary_fields() {
  static constexpr auto fields = std::to_array<CanaryField>({
      {{.name = "core_to_core_before_ns",
        .unit = Unit::nanoseconds,
        .better = Better::lower,
        .sentence = "The canary: two cache lines' round trip between two CPUs just before the "
                    "trial.",
        .as = Recorded::derived},
       &Canary::core_to_core_before_ns},
      {{.name = "core_to_core_after_ns",
        .unit = Unit::nanoseconds,
        .better = Better::lower,
        .sentence = "The same just after it.",
        .as = Recorded::derived},
       &Canary::core_to_core_after_ns},
      {{.name = "spin_before_ns",
        .unit = Unit::nanoseconds,
        .better = Better::lower,
        .sentence = "The canary: a fixed spin on one CPU, before.",
        .as = Recorded::derived},
       &Canary::spin_before_ns},
      {{.name = "spin_after_ns",
        .unit = Unit::nanoseconds,
        .better = Better::lower,
        .sentence = "The same after.",
        .as = Recorded::derived},
       &Canary::spin_after_ns},
  });
  return fields;
}

void Granted::add_note(const std::string& more) {
  if (more.empty() || note.find(more) != std::string::npos) return;
  note += (note.empty() ? "" : "; ") + more;
}

std::int64_t poll_interval(const Cell& cell) {
  std::int64_t longest = 0;
  for (const Trial& trial : cell.trials) {
    const auto found = trial.granted.values.find(poll_interval_name);
    if (found != trial.granted.values.end()) longest = std::max(longest, found->second);
  }
  return longest;
}

}  // namespace ipcmark
