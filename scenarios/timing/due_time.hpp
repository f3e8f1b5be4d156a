// Waiting for the moment a message is due, and the silence between sparse messages.
#pragma once

#include <cstdint>

#include "results/model/spec.hpp"

namespace ipcmark {

// A sleep may end this late; the rest is spun, so that the wait ends on time.
inline constexpr std::uint64_t spin_before_ns = 100'000;

// Until that reading of the clock; the time when the wait is over.
std::uint64_t wait_until(std::uint64_t due);

// Ping-pong with a silence before each message (--gap).
inline std::uint64_t gap_of(const RunSpec& spec) {
  return static_cast<std::uint64_t>(spec.option("gap_ns", 0));
}

}  // namespace ipcmark
