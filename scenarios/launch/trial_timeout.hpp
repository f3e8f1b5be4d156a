// How long a trial may take that goes on moving.
#pragma once

#include <cstdint>

#include "results/model/spec.hpp"

namespace ipcmark {

inline constexpr std::uint64_t min_trial_timeout_ns = 60'000'000'000;
inline constexpr std::uint64_t trial_timeout_factor = 20;

// What it takes by its own settings: times, gaps, and a guess at what a count of messages or an
// exchange of that size takes. Half a minute where only a count of the scenario's own is given.
std::uint64_t planned_ns(const RunSpec& spec);
// `asked_ns` (--trial-timeout), or when that is 0 the factor times what is planned, and at least
// the minimum.
std::uint64_t trial_timeout_ns(const RunSpec& spec, std::uint64_t asked_ns);

}  // namespace ipcmark
