// Chains grouped by the way they took, and what each part of a way costs.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "results/explain/chain.hpp"
#include "results/explain/words.hpp"

namespace ipcmark {

struct SegmentCost {
  SegmentKind kind;
  std::uint32_t count = 1;  // how many of them are summed up here
  std::uint32_t hits = 0;   // of probes
  double traced_ns = 0;     // mean
  double scaled_ns = 0;     // of it what is left without the probes
};

struct Path {
  std::size_t trips = 0;
  double share = 0;  // of all complete trips
  // Means over the middle fifth of its trips by duration, so that they add up.
  std::vector<SegmentCost> segments;
  double traced_ns = 0, scaled_ns = 0;  // the sums
  std::uint32_t hits = 0;
  bool one_cpu = false;                         // all of it on one, in each of these trips
  std::map<std::int32_t, std::uint32_t> calls;  // system calls entered on it, by number
  std::uint32_t all_calls() const;
};

// The commonest first.
std::vector<Path> paths_of(const std::vector<Chain>& chains, Probes probes = Probes::events);

// The share of each kind of work in a trip, over the middle fifth of all complete trips. The sum of
// `traced_ns` is their mean.
struct WorkCost {
  double traced_ns = 0, scaled_ns = 0;
  double segments = 0;  // a trip
  double hits = 0;
};
using WorkCosts = std::array<WorkCost, kinds_of_work>;
WorkCosts work_costs(const std::vector<Chain>& chains, Probes probes = Probes::events);
WorkCosts work_costs(const Path& path);

// How often a trip does what: means over the middle fifth of all complete trips.
struct TripCounts {
  std::map<std::int32_t, double> calls;  // system calls entered, by number
  double faults = 0, interrupts = 0, switches = 0;
};
TripCounts trip_counts(const std::vector<Chain>& chains);

// More than a probe can cost: where trials with and without differ by more, something else made
// them differ.
inline constexpr double max_price_of_hit_ns = 2000;
// What a probe costs by the difference of trips with and without, spread over the hits of a chain;
// never negative.
double price_of_hit_ns(double traced_ns, double plain_ns, double hits);
// Takes `price_ns` a hit from what was traced. What a segment cannot give, the others give, so that
// the sum is traced − hits × price, at least 0.
void scale_back(Path& path, double price_ns);
void scale_back(WorkCosts& costs, double price_ns);

// The middle value; 0 of none.
double median_of(std::vector<double> values);
// Positions of the middle fifth by duration, one at least, of those chains that are complete.
std::vector<std::size_t> middle_fifth(const std::vector<Chain>& chains,
                                      const std::vector<std::size_t>& among);

}  // namespace ipcmark
