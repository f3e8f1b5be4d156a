// Where the time of one cell's messages goes: everything that `ipcmark explain` says of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "results/explain/disturbances.hpp"
#include "results/explain/paths.hpp"
#include "results/model/explained.hpp"

namespace ipcmark {

// How much of a trip could be seen.
enum class Seen : std::uint8_t {
  kernel,    // every event of the kernel on the way
  wakings,   // of these who wakes whom, and who is switched in (Detail::coarse)
  switches,  // stamps, and when the workers' threads were switched in and out
  stamps,    // the workers' stamps alone
};
const char* to_string(Seen seen);

// Of a trip: what tracing may add to it.
inline constexpr double max_tracing_share = 0.3;

// One round of a cell: a trial with each look. A figure is 0 where there is none.
struct ObservedRound {
  double plain_ns = 0, coarse_ns = 0, traced_ns = 0;  // median trips, by the cell's own clock
  double stamped_ratio = 0;                           // of the traced trial: ratio_of_stretches()
  std::optional<Timeline> timeline;                   // of the traced trial
  std::optional<Timeline> coarse_timeline;            // of the coarsely traced one
};

struct CellObservations {
  std::string key;
  Seen seen = Seen::stamps;
  std::string why_not_more;    // and what to change; empty where all was seen
  bool blocks = true;          // the receivers sleep at once; false: they spin, at first at least
  double core_to_core_ns = 0;  // round trip of a cache line between the CPUs; 0: not known
  double clock_ns = 0;         // a reading of the clock, which is what a stamp costs
  double probe_alone_ns = 0;   // what an event costs by itself; 0: not known
  std::uint32_t stamp_every = 1;  // trips
  std::vector<ObservedRound> rounds;
  std::size_t void_rounds = 0;  // left out: the machine was not quiet, or in another state
};

struct Explanation {
  std::string key;
  Seen seen = Seen::stamps;
  std::string why_not_more;
  bool blocks = true;
  std::uint32_t stamp_every = 1;
  std::size_t trials = 0;  // traced ones
  std::size_t void_rounds = 0;
  double plain_ns = 0, coarse_ns = 0, traced_ns = 0;  // medians; 0: none
  // With everything traced, where the chains are of coarsely traced trials, which `traced_ns` is of
  // then; else 0.
  double fine_ns = 0;
  double chains_ns = 0;  // median of the chains' trips
  double core_to_core_ns = 0;
  std::size_t trips = 0, complete = 0, cut = 0;
  std::uint64_t negative = 0, inferred = 0, lost = 0;
  double price_of_hit_ns = 0;
  double probe_alone_ns = 0;  // 0: not known
  // By so much a hit trials with and without differ where that is no price; then what a probe costs
  // by itself is taken away, and nothing where that is not known. Else 0.
  double difference_a_hit_ns = 0;
  bool hits_are_stamps = false;  // else events of the kernel
  double hits = 0;               // a trip, in the middle
  // What a stamped trip's own stamps cost it, where that is not taken away and the median of the
  // trial does not have it: few trips are stamped, and the probes are events. Else 0.
  double stamps_ns = 0;
  std::vector<Path> paths;  // scaled back
  ExplainedTrials by_trial;
  WorkCosts work{};   // of all complete trips, scaled back
  TripCounts counts;  // of the finely traced trials, where there are any
  Words words;
  std::vector<Interference> disturbances;
  std::vector<SlowTrip> slowest;
  std::vector<std::string> sentences;  // one to three
  // Tracing makes up so much of a trip that what is scaled back is an estimate.
  bool is_estimate() const {
    return plain_ns > 0 && traced_ns > plain_ns * (1 + max_tracing_share) && price_of_hit_ns > 0;
  }
};

// Pure. `slowest`: how many trips to show singly. `detail`: of the trials that the chains are of;
// nothing: the coarse ones where tracing all makes trips of 20 us and more longer by more than
// `max_tracing_share`, and less by less. Where there are no coarse trials, the others in any case.
Explanation explain(const CellObservations& observed, std::size_t slowest,
                    std::optional<Detail> detail = std::nullopt);
// Of cells that are compared with each other: all of them coarse where one is.
std::vector<Explanation> explain_alike(const std::vector<CellObservations>& cells,
                                       std::size_t slowest,
                                       std::optional<Detail> detail = std::nullopt);

// What the figures say, and what would change them; derived from them alone.
std::vector<std::string> sentences_of(const Explanation& explanation);

}  // namespace ipcmark
