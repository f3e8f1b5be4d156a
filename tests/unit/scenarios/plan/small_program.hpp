// A small program to plan for, and what of it is asked of a plan.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "scenarios/plan/plan.hpp"

namespace ipcmark {

// All scenarios, over "pipe", "ring" (which can spin) and "absent" (not compiled in), and under the
// locks "futex" and "none".
Program small_program();

// For two CPUs.
Request request_of(std::uint64_t seed = 7);

// The cells of that scenario.
std::size_t count(const Plan& plan, const std::string& scenario);

}  // namespace ipcmark
