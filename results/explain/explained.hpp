// Explanations as documents hold them, what two of them differ in, and the document of `ipcmark
// explain --json`: results/json/ipcmark.explanation.schema.json.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "results/explain/explanation.hpp"
#include "results/model/explained.hpp"

namespace ipcmark {

// With the commonest ways of hundreds alone.
ExplainedCell explained(const Explanation& explanation);

// What a trip does more often, or less: "getppid", "page faults".
struct CountChange {
  std::string what;
  double from = 0, to = 0;  // a trip
};

// The change from one cell to another, of a trip. Both are taken less one and the same cost of a
// probe, the mean of theirs, so that an error of it does not look like a change.
struct TripDifference {
  bool kernel_seen = true;
  std::string from, to;  // the cells, as a reader tells them apart
  std::string work;      // whose time changed most; empty: none by more than 2 % of a trip
  double from_ns = 0, to_ns = 0;
  // The largest change in the other direction, of as much at least; empty: there is none.
  std::string opposite;
  double opposite_from_ns = 0, opposite_to_ns = 0;
  std::string segment;  // of that work, on the commonest way of each; may be empty
  double segment_from_ns = 0, segment_to_ns = 0;
  double trip_from_ns = 0, trip_to_ns = 0;
  std::vector<CountChange> counts;  // by half a time and more, the largest change first
};
TripDifference difference_between(const ExplainedCell& from, const ExplainedCell& to);
std::string to_sentence(const TripDifference& difference);
bool saw_kernel(const ExplainedCell& cell);  // or does not tell
// Empty, or in one sentence why `before` cannot be compared with what is seen now, by that word of
// ExplainedCell::seen: segments that one saw and the other did not would look like changes.
std::string not_comparable(const ExplainedCell& before, const std::string& seen_now);
// From the first to each other one.
std::vector<TripDifference> differences_of(const std::vector<ExplainedCell>& cells);
// What a kind of work takes less `probe_ns` a probe, never negative. Stamps, whose cost is measured
// by itself, are taken away at their own.
double work_ns(const ExplainedCell& cell, const std::string& work, double probe_ns);
// Of those whose probes are events of the kernel.
double mean_probe_ns(const std::vector<ExplainedCell>& cells);

std::string explanations_to_json(const std::vector<ExplainedCell>& cells,
                                 const std::vector<TripDifference>& differences);
// The error names the place in the text.
tl::expected<std::vector<ExplainedCell>, std::string> explanations_from_json(std::string_view text);

}  // namespace ipcmark
