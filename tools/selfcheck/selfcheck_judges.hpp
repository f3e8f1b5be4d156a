// What the figures of a self-check mean: pure functions, one for each check.
//
// Each fills in state, finding and figures; name, claim and time are the caller's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "results/comparison/comparison.hpp"
#include "tools/selfcheck/certificate.hpp"

namespace ipcmark {

// Rounds of one cell without and with a known delay before every message: the median round trip of
// each in ns. A trip is two messages. `clock_ns`: cost of one reading; a spin ends up to two late.
struct DelayFigures {
  std::vector<double> without, with;
  double asked_ns = 0;
  double clock_ns = 0;
};
CheckResult judge_delay(const DelayFigures& figures);

// Median round trips of ipcmark and of the handwritten control, which took turns.
CheckResult judge_control(const std::vector<double>& ours, const std::vector<double>& control);

// Samples beyond a tenth of the stall's length.
struct StallFigures {
  double rate = 0;                // messages a second offered
  double stall_ns = 0;            // its length
  std::uint64_t quiet = 0;        // in the same run without the stall
  std::uint64_t stalled = 0;      // with it
  std::uint64_t closed_loop = 0;  // of a ping-pong that stalls once
  bool broken = false;            // judge the closed loop instead
};
CheckResult judge_stall(const StallFigures& figures);

struct IntegrityFigures {
  std::vector<std::string> backends;      // that passed without a fault
  std::vector<std::string> missed;        // "swap over pipe"
  std::vector<std::string> false_alarms;  // what was found without a fault, "pipe: …"
  unsigned injected = 0;
};
CheckResult judge_integrity(const IntegrityFigures& figures);

// One build against itself, in rounds.
CheckResult judge_same_build(const Comparison& comparison);

struct OneWayFigures {
  std::vector<double> there, back, round_trip;  // medians of the trials, ns
  std::int64_t negative = 0;                    // messages that arrived before they were sent
};
CheckResult judge_one_way(const OneWayFigures& figures);

}  // namespace ipcmark
