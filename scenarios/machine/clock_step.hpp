// In which steps the clock of all measurements (now_ns()) moves.
#pragma once

#include <cstdint>
#include <vector>

namespace ipcmark {

// The step in ns that differences between readings show, when as many of them as there are take
// whatever values the clock can show: a clock that moves by 10 ns says 80, 81, 90, 91 and 100,
// never
// 85. Rounding to whole ns makes pairs of what is one value. 1: it moves at least every ns, or
// nothing can be told. Pure.
std::uint64_t step_of_differences(std::vector<std::uint64_t> differences_ns);

// Measured: readings with differently much work in between. Takes about a millisecond.
std::uint64_t clock_step_ns();

}  // namespace ipcmark
