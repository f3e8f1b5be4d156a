#include "results/explain/explanation.hpp"

#include <algorithm>
#include <utility>

namespace ipcmark {
namespace {

double middle_hits(const std::vector<Chain>& chains, Probes probes) {
  std::vector<double> hits;
  for (const Chain& chain : chains) {
    if (chain.complete) hits.push_back(chain.hits(probes));
  }
  return median_of(std::move(hits));
}

// Where few trips are stamped, and nothing of the kernel is on their way, it is the stamps that
// cost something: those trips alone, so that the trial's median does not tell it.
Probes probes_of(const CellObservations& observed, const std::vector<Chain>& chains) {
  const bool stamps = observed.stamp_every > 1 && middle_hits(chains, Probes::events) <= 0;
  return stamps ? Probes::events_and_stamps : Probes::events;
}

double median_duration(const std::vector<Chain>& chains) {
  std::vector<double> durations;
  durations.reserve(chains.size());
  for (const Chain& chain : chains) durations.push_back(static_cast<double>(chain.duration_ns()));
  return median_of(std::move(durations));
}

void count(const std::vector<Chain>& chains, Explanation& to) {
  for (const Chain& chain : chains) {
    ++to.trips;
    to.complete += chain.complete ? 1 : 0;
    to.cut += chain.cut ? 1 : 0;
    to.negative += chain.negative;
    to.inferred += chain.inferred;
  }
}

void add_trial(const ObservedRound& round, const std::vector<Chain>& chains,
               ExplainedTrials& trials) {
  trials.plain_ns.push_back(round.plain_ns);
  if (round.coarse_ns > 0) trials.coarse_ns.push_back(round.coarse_ns);
  trials.traced_ns.push_back(round.traced_ns);
  trials.chains_ns.push_back(median_duration(chains));
}

}  // namespace

const char* to_string(Seen seen) {
  switch (seen) {
    case Seen::kernel:
      return "kernel";
    case Seen::switches:
      return "switches";
    case Seen::stamps:
      return "stamps";
  }
  return "unknown";
}

Explanation explain(const CellObservations& observed, std::size_t slowest) {
  Explanation result;
  result.key = observed.key;
  result.seen = observed.seen;
  result.why_not_more = observed.why_not_more;
  result.blocks = observed.blocks;
  result.stamp_every = observed.stamp_every;
  result.core_to_core_ns = observed.core_to_core_ns;
  result.void_rounds = observed.void_rounds;
  std::vector<std::vector<Chain>> by_trial;
  std::vector<const Timeline*> timelines;
  std::vector<Chain> all;
  for (const ObservedRound& round : observed.rounds) {
    if (!round.timeline) continue;
    timelines.push_back(&*round.timeline);
    by_trial.push_back(chains_of(*round.timeline));
    all.insert(all.end(), by_trial.back().begin(), by_trial.back().end());
    add_trial(round, by_trial.back(), result.by_trial);
    add(result.words, words_of(*round.timeline));
    result.lost += round.timeline->capture().lost;
  }
  result.trials = timelines.size();
  result.plain_ns = median_of(result.by_trial.plain_ns);
  result.coarse_ns = median_of(result.by_trial.coarse_ns);
  result.traced_ns = median_of(result.by_trial.traced_ns);
  result.chains_ns = median_duration(all);
  count(all, result);
  const Probes probes = probes_of(observed, all);
  result.hits = middle_hits(all, probes);
  result.hits_are_stamps = probes == Probes::events_and_stamps;
  result.price_of_hit_ns = result.hits_are_stamps
                               ? observed.clock_ns
                               : price_of_hit_ns(result.traced_ns, result.plain_ns, result.hits);
  if (result.price_of_hit_ns > max_price_of_hit_ns) {
    result.difference_a_hit_ns = std::exchange(result.price_of_hit_ns, 0);
  }
  if (observed.stamp_every > 1 && !result.hits_are_stamps) {
    const double stamps = middle_hits(all, Probes::events_and_stamps) - result.hits;
    result.stamps_ns = stamps * observed.clock_ns;
  }
  result.paths = paths_of(all, probes);
  for (Path& path : result.paths) scale_back(path, result.price_of_hit_ns);
  result.counts = trip_counts(all);
  result.work = work_costs(all, probes);
  scale_back(result.work, result.price_of_hit_ns);
  result.disturbances = disturbances_of(timelines, by_trial);
  result.slowest = slowest_of(timelines, by_trial, result.words, slowest);
  result.sentences = sentences_of(result);
  return result;
}

}  // namespace ipcmark
