#include "results/explain/explanation.hpp"

#include <algorithm>

namespace ipcmark {
namespace {

double middle_hits(const std::vector<Chain>& chains) {
  std::vector<double> hits;
  for (const Chain& chain : chains) {
    if (chain.complete) hits.push_back(chain.hits());
  }
  return median_of(std::move(hits));
}

void count(const std::vector<Chain>& chains, Explanation& to) {
  std::vector<double> durations;
  for (const Chain& chain : chains) {
    ++to.trips;
    to.complete += chain.complete ? 1 : 0;
    to.cut += chain.cut ? 1 : 0;
    to.negative += chain.negative;
    to.inferred += chain.inferred;
    durations.push_back(static_cast<double>(chain.duration_ns()));
  }
  to.chains_ns = median_of(std::move(durations));
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
  result.trials = observed.timelines.size();
  result.plain_ns = median_of(observed.plain_ns);
  result.coarse_ns = median_of(observed.coarse_ns);
  result.traced_ns = median_of(observed.traced_ns);
  std::vector<std::vector<Chain>> by_trial;
  std::vector<Chain> all;
  for (const Timeline& timeline : observed.timelines) {
    by_trial.push_back(chains_of(timeline));
    all.insert(all.end(), by_trial.back().begin(), by_trial.back().end());
    add(result.words, words_of(timeline));
    result.lost += timeline.capture().lost;
  }
  count(all, result);
  result.hits = middle_hits(all);
  result.price_of_hit_ns = price_of_hit_ns(result.traced_ns, result.plain_ns, result.hits);
  result.paths = paths_of(all);
  for (Path& path : result.paths) scale_back(path, result.price_of_hit_ns);
  result.work = work_costs(all);
  scale_back(result.work, result.price_of_hit_ns);
  result.disturbances = disturbances_of(observed.timelines, by_trial);
  result.slowest = slowest_of(observed.timelines, by_trial, result.words, slowest);
  result.sentences = sentences_of(result);
  return result;
}

}  // namespace ipcmark
