#include "results/explain/explanation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ipcmark {
namespace {

// A probe in a trip, whose caches and branches are colder, costs more than in a loop; not that
// much.
constexpr double max_of_alone = 2;

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

void add_trial(const ObservedRound& round, double traced_ns, const std::vector<Chain>& chains,
               ExplainedTrials& trials) {
  trials.plain_ns.push_back(round.plain_ns);
  if (round.coarse_ns > 0) trials.coarse_ns.push_back(round.coarse_ns);
  if (round.stamped_ratio > 0) trials.stamped_ratio.push_back(round.stamped_ratio);
  trials.traced_ns.push_back(traced_ns);
  trials.chains_ns.push_back(median_duration(chains));
}

// What the traced trials of a cell came to.
struct TracedTrials {
  std::vector<const Timeline*> timelines;
  std::vector<std::vector<Chain>> by_trial;
  std::vector<Chain> all;
};

TracedTrials traced_trials(const CellObservations& observed, Detail detail, Explanation& result) {
  TracedTrials traced;
  const bool coarse = detail == Detail::coarse;
  for (const ObservedRound& round : observed.rounds) {
    const std::optional<Timeline>& timeline = coarse ? round.coarse_timeline : round.timeline;
    if (!timeline) continue;
    traced.timelines.push_back(&*timeline);
    traced.by_trial.push_back(chains_of(*timeline));
    const std::vector<Chain>& chains = traced.by_trial.back();
    traced.all.insert(traced.all.end(), chains.begin(), chains.end());
    add_trial(round, coarse ? round.coarse_ns : round.traced_ns, chains, result.by_trial);
    add(result.words, words_of(*timeline));
    result.lost += timeline->capture().lost;
  }
  return traced;
}

void take_prices(const CellObservations& observed, const std::vector<Chain>& all, Probes probes,
                 Explanation& result) {
  result.hits = middle_hits(all, probes);
  result.hits_are_stamps = probes == Probes::events_and_stamps;
  result.price_of_hit_ns = result.hits_are_stamps
                               ? observed.clock_ns
                               : price_of_hit_ns(result.traced_ns, result.plain_ns, result.hits);
  const bool by_itself = observed.probe_alone_ns > 0 && !result.hits_are_stamps;
  result.probe_alone_ns = by_itself ? observed.probe_alone_ns : 0;
  const double max_ns = by_itself ? max_of_alone * observed.probe_alone_ns : max_price_of_hit_ns;
  if (result.price_of_hit_ns > max_ns) {
    result.difference_a_hit_ns = std::exchange(result.price_of_hit_ns, result.probe_alone_ns);
  }
  if (observed.stamp_every > 1 && !result.hits_are_stamps) {
    const double stamps = middle_hits(all, Probes::events_and_stamps) - result.hits;
    result.stamps_ns = stamps * observed.clock_ns;
  }
}

// Without sentences.
Explanation explain_by(const CellObservations& observed, std::size_t slowest, Detail detail) {
  Explanation result;
  result.key = observed.key;
  result.seen = detail == Detail::coarse ? Seen::wakings : observed.seen;
  result.why_not_more = observed.why_not_more;
  result.blocks = observed.blocks;
  result.stamp_every = observed.stamp_every;
  result.core_to_core_ns = observed.core_to_core_ns;
  result.void_rounds = observed.void_rounds;
  const TracedTrials traced = traced_trials(observed, detail, result);
  const std::vector<Chain>& all = traced.all;
  result.trials = traced.timelines.size();
  result.plain_ns = median_of(result.by_trial.plain_ns);
  result.coarse_ns = median_of(result.by_trial.coarse_ns);
  result.traced_ns = median_of(result.by_trial.traced_ns);
  result.chains_ns = median_duration(all);
  count(all, result);
  const Probes probes = probes_of(observed, all);
  take_prices(observed, all, probes, result);
  result.paths = paths_of(all, probes);
  for (Path& path : result.paths) scale_back(path, result.price_of_hit_ns);
  result.counts = trip_counts(all);
  result.work = work_costs(all, probes);
  scale_back(result.work, result.price_of_hit_ns);
  result.disturbances = disturbances_of(traced.timelines, traced.by_trial);
  result.slowest = slowest_of(traced.timelines, traced.by_trial, result.words, slowest);
  return result;
}

// Shorter trips are told in full, whatever that costs: what is scaled back is called an estimate.
bool costs_too_much(const Explanation& fine) {
  constexpr double long_trip_ns = 20'000;
  return fine.plain_ns >= long_trip_ns && fine.traced_ns > fine.plain_ns * (1 + max_tracing_share);
}

// How often a trip does what does not depend on how long it takes: that is of the fine trials.
void add_what_fine_trials_tell(const Explanation& fine, Explanation& coarse) {
  coarse.fine_ns = fine.traced_ns;
  coarse.counts = fine.counts;
  add(coarse.words, fine.words);
  coarse.why_not_more = "system calls and interrupts";
  if (coarse.plain_ns > 0) {
    coarse.why_not_more +=
        fmt::format(": with these traced, too, trips are {:.0f} % longer, without {:.0f} %",
                    (fine.traced_ns / coarse.plain_ns - 1) * 100,
                    (coarse.traced_ns / coarse.plain_ns - 1) * 100);
  }
  coarse.why_not_more += " (--detail fine shows them)";
}

Explanation best_view(const CellObservations& observed, std::size_t slowest,
                      std::optional<Detail> detail) {
  Explanation fine = explain_by(observed, slowest, Detail::fine);
  const bool has_coarse =
      std::any_of(observed.rounds.begin(), observed.rounds.end(),
                  [](const ObservedRound& round) { return round.coarse_timeline.has_value(); });
  if (!has_coarse || detail == Detail::fine) return fine;
  if (!detail && !costs_too_much(fine)) return fine;
  Explanation coarse = explain_by(observed, slowest, Detail::coarse);
  if (!detail && coarse.traced_ns >= fine.traced_ns) return fine;
  add_what_fine_trials_tell(fine, coarse);
  return coarse;
}

}  // namespace

const char* to_string(Seen seen) {
  switch (seen) {
    case Seen::kernel:
      return "kernel";
    case Seen::wakings:
      return "wakings";
    case Seen::switches:
      return "switches";
    case Seen::stamps:
      return "stamps";
  }
  return "unknown";
}

Explanation explain(const CellObservations& observed, std::size_t slowest,
                    std::optional<Detail> detail) {
  Explanation result = best_view(observed, slowest, detail);
  result.sentences = sentences_of(result);
  return result;
}

std::vector<Explanation> explain_alike(const std::vector<CellObservations>& cells,
                                       std::size_t slowest, std::optional<Detail> detail) {
  std::vector<Explanation> all;
  all.reserve(cells.size());
  for (const CellObservations& cell : cells) all.push_back(explain(cell, slowest, detail));
  const bool coarse = std::any_of(
      all.begin(), all.end(), [](const Explanation& each) { return each.seen == Seen::wakings; });
  for (std::size_t i = 0; coarse && i < cells.size(); ++i) {
    if (all[i].seen == Seen::kernel) all[i] = explain(cells[i], slowest, Detail::coarse);
  }
  return all;
}

}  // namespace ipcmark
