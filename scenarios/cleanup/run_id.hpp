// The id of a run: in every name that it makes, and what tells its result from any other.
#pragma once

#include <string>

#include "backends/error.hpp"

namespace ipcmark {

inline constexpr std::size_t run_id_length = 12;

// Small letters and digits, 60 bits of the kernel's random numbers. Neither time nor pid nor host
// is in it: hosts that start from one image, in one second, have others. Among a million runs two
// are alike with a probability of one in two million.
Result<std::string> random_run_id();

}  // namespace ipcmark
