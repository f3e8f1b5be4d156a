// Load over several mechanisms: at fractions of what each gets through, at given rates, and the
// search for the highest rate whose 99th percentile stays within a limit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "scenarios/plan/plan.hpp"
#include "tools/session/session.hpp"

namespace ipcmark {

// "20000", "20k", "1.5M": messages a second. "75%": of the capacity.
struct OfferedRate {
  double amount = 0;  // messages a second, or a share
  bool of_capacity = false;
};
// The error is one sentence.
tl::expected<OfferedRate, std::string> offered_rate_from(std::string_view text);

struct LoadRequest {
  Request cells;  // backends, sizes, waits, … of the scenario load; one rate is no business of it
  std::vector<OfferedRate> rates;
  std::uint64_t p99_ns = 0;  // not 0: search for the highest rate within it
};

// Measures, in this order: each cell's capacity where a share or a search needs it (every message
// due at once), the rates, the search by bisection; each step interleaved over all cells. Every
// cell is in the document; the highest rate within the limit is a metric of its cell's trials.
// Blocking. The error is one sentence.
tl::expected<ResultDocument, std::string> run_load(const Program& program,
                                                   const LoadRequest& request, Manifest& manifest,
                                                   const SessionOptions& options,
                                                   Observer& observer);

// Two significant digits, at least 1: keys stay short, and two runs of one machine meet.
std::int64_t rounded_rate(double rate);

// Where to look next, given the highest rate within the limit (0: none yet) and the lowest beyond;
// 0: they are as near as they need to be.
std::int64_t next_rate(std::int64_t within, std::int64_t beyond);

// What the trials at full speed got through, by their median; 0 where one of them did not pass.
double capacity_of(const Cell& cell);
// The median over trials of the response's 99th percentile: what is held against the limit. Nothing
// where half the trials or more were saturated, or one of them did not pass.
std::optional<double> p99_of(const Cell& cell);

}  // namespace ipcmark
