// What a cell is made of, for whoever asks before it is run.
#pragma once

#include <optional>

#include "scenarios/scenario.hpp"

namespace ipcmark {

// Whether the spec names what the scenario runs over: its layout takes that for granted.
bool names_a_mechanism(const ScenarioEntry& scenario, const RunSpec& spec);

// The layout of a cell, whether or not it can be run here; an option that the spec lacks has its
// default. Nothing: there is no such scenario or mechanism in this program.
std::optional<Layout> layout_of(const Program& program, const RunSpec& spec);

}  // namespace ipcmark
