// Whether what a runner answers can be what it was asked for. Its word is taken for what it saw;
// what contradicts the question, the scenario's figures or itself is not. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "backends/foreign_mechanism.hpp"
#include "scenarios/scenario.hpp"

namespace ipcmark {

// Empty: nothing is wrong with a trial that says it passed; else why not, in words that follow "its
// answer ": "has no round_trip". `took_ns`: how long its processes were there.
std::string wrong_answer(const Program& program, const RunSpec& spec,
                         const ForeignMechanism& mechanism, const Trial& trial,
                         std::uint64_t took_ns);

}  // namespace ipcmark
