// Load over several mechanisms: at fractions of what each gets through, at given rates, and the
// search for the highest rate whose 99th percentile stays within a limit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "results/figures/summary.hpp"
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
  std::vector<OfferedRate> rates;  // none of cells that replay a file
  std::uint64_t p99_ns = 0;        // not 0: search for the highest rate within it
};

// Measures, in this order: each cell's capacity where a share or a search needs it (every message
// due at once), the rates, the search by bisection; or the files that cells replay; each step
// interleaved over all cells. Every cell is in the document, and what the searches came to
// (ResultDocument::searches). Blocking. The error is one sentence.
tl::expected<ResultDocument, std::string> run_load(const Program& program,
                                                   const LoadRequest& request, Manifest& manifest,
                                                   const SessionOptions& options,
                                                   Observer& observer);

// Two significant digits, at least 1: keys stay short, and two runs of one machine meet.
std::int64_t rounded_rate(double rate);

// Where to look next, given the highest rate within the limit (0: none yet) and the lowest above it
// that is not; 0: they are as near as they need to be.
std::int64_t next_rate(std::int64_t within, std::int64_t ceiling);

// What the trials at full speed got through, by their median; 0 where one of them did not pass.
double capacity_of(const Summary& summary);

// Whether a cell's p99 of the response time keeps a limit, as far as its trials can tell.
enum class Keeping : std::uint8_t {
  within,   // its whole interval is
  beyond,   // its whole interval is, or most trials were saturated
  unknown,  // the limit lies in the interval; or there is no p99 to publish, no interval for it, or
            // only one of another state of the machine; or not every trial passed
};
Keeping keeps_limit(const Summary& summary, std::uint64_t limit_ns);
// Whether more trials would give it an interval.
bool lacks_trials(const Summary& summary);

}  // namespace ipcmark
