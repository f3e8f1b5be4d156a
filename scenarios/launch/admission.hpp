// The admission of a trial, before anything is created: do scenario and backend fit, and is it
// possible here and now? Looks, creates nothing.
#pragma once

#include <optional>

#include "scenarios/scenario.hpp"

namespace ipcmark {

// The parties of a trial, looked up, and the layout they agreed on.
struct Admission {
  const ScenarioEntry* scenario = nullptr;
  const BackendEntry* backend = nullptr;  // null: a lock cell
  Layout layout;
};
// Why not: skipped (the machine or the mechanism cannot) or failed (the question is wrong).
struct Refusal {
  State state = State::skipped;
  std::string reason;
};
tl::expected<Admission, Refusal> admit(const Program& program, const RunSpec& spec);

// What to change, when the machine is the reason; empty when every probe is content.
std::string probe_all(const Program& program, const Admission& admission);

// "receiver 1": the role and the index, which is the worker's whatever its role.
std::string worker_name(const Layout& layout, unsigned index);

}  // namespace ipcmark
