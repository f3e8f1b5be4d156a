#include "results/explain/paths.hpp"

#include <algorithm>
#include <numeric>

namespace ipcmark {
namespace {

using Row = std::vector<SegmentKind>;

Row row_of(const Chain& chain) {
  Row row;
  row.reserve(chain.segments.size());
  for (const Segment& segment : chain.segments) row.push_back(segment.kind);
  return row;
}

std::vector<std::size_t> complete_ones(const std::vector<Chain>& chains) {
  std::vector<std::size_t> which;
  for (std::size_t i = 0; i < chains.size(); ++i) {
    if (chains[i].complete) which.push_back(i);
  }
  return which;
}

bool on_one_cpu(const Chain& chain) {
  return std::all_of(chain.segments.begin(), chain.segments.end(), [&chain](const Segment& each) {
    return each.cpu == chain.segments.front().cpu;
  });
}

Path path_of(const std::vector<Chain>& chains, const Row& row,
             const std::vector<std::size_t>& among, Probes probes) {
  Path path;
  path.trips = among.size();
  path.segments.resize(row.size());
  const std::vector<std::size_t> middle = middle_fifth(chains, among);
  for (std::size_t i = 0; i < row.size(); ++i) {
    SegmentCost& cost = path.segments[i];
    cost.kind = row[i];
    cost.hits = begins_with_probe(row[i], probes) ? 1 : 0;
    double sum = 0;
    for (const std::size_t chain : middle) {
      sum += static_cast<double>(chains[chain].segments[i].duration_ns());
    }
    cost.traced_ns = cost.scaled_ns = sum / static_cast<double>(middle.size());
    path.traced_ns += cost.traced_ns;
    path.hits += cost.hits;
    if (row[i].to == EventKind::enter) ++path.calls[row[i].to_other];
  }
  path.scaled_ns = path.traced_ns;
  path.one_cpu = std::all_of(middle.begin(), middle.end(),
                             [&chains](std::size_t chain) { return on_one_cpu(chains[chain]); });
  return path;
}

struct Share {
  double traced;
  double hits;
  double* scaled;
};

// Those that have nothing left give nothing more.
void take_away(std::vector<Share> shares, double price_ns) {
  double owed = 0;
  for (const Share& share : shares) {
    *share.scaled = share.traced;
    owed += price_ns * share.hits;
  }
  while (owed > 1e-9) {
    double hits = 0;
    for (const Share& share : shares) hits += *share.scaled > 0 ? share.hits : 0;
    if (hits <= 0) return;
    const double each = owed / hits;
    for (const Share& share : shares) {
      const double taken = std::min(*share.scaled, *share.scaled > 0 ? each * share.hits : 0);
      *share.scaled -= taken;
      owed -= taken;
    }
  }
}

}  // namespace

std::uint32_t Path::all_calls() const {
  std::uint32_t sum = 0;
  for (const auto& [number, count] : calls) sum += count;
  return sum;
}

double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::vector<std::size_t> middle_fifth(const std::vector<Chain>& chains,
                                      const std::vector<std::size_t>& among) {
  std::vector<std::size_t> sorted = among;
  std::sort(sorted.begin(), sorted.end(), [&chains](std::size_t a, std::size_t b) {
    return std::pair(chains[a].duration_ns(), a) < std::pair(chains[b].duration_ns(), b);
  });
  if (sorted.empty()) return sorted;
  const std::size_t count = std::max<std::size_t>(sorted.size() / 5, 1);
  const std::size_t first = (sorted.size() - count) / 2;
  return {sorted.begin() + static_cast<std::ptrdiff_t>(first),
          sorted.begin() + static_cast<std::ptrdiff_t>(first + count)};
}

std::vector<Path> paths_of(const std::vector<Chain>& chains, Probes probes) {
  const std::vector<std::size_t> complete = complete_ones(chains);
  std::map<Row, std::vector<std::size_t>> groups;
  for (const std::size_t i : complete) groups[row_of(chains[i])].push_back(i);
  std::vector<Path> paths;
  for (const auto& [row, among] : groups) {
    paths.push_back(path_of(chains, row, among, probes));
    paths.back().share = static_cast<double>(among.size()) / static_cast<double>(complete.size());
  }
  std::stable_sort(paths.begin(), paths.end(),
                   [](const Path& a, const Path& b) { return a.trips > b.trips; });
  return paths;
}

WorkCosts work_costs(const std::vector<Chain>& chains, Probes probes) {
  WorkCosts costs{};
  const std::vector<std::size_t> middle = middle_fifth(chains, complete_ones(chains));
  for (const std::size_t i : middle) {
    for (const Segment& segment : chains[i].segments) {
      WorkCost& cost = costs[static_cast<std::size_t>(work_of(segment.kind))];
      cost.traced_ns += static_cast<double>(segment.duration_ns());
      cost.segments += 1;
      cost.hits += begins_with_probe(segment.kind, probes) ? 1 : 0;
    }
  }
  const auto count = static_cast<double>(std::max<std::size_t>(middle.size(), 1));
  for (WorkCost& cost : costs) {
    cost.traced_ns /= count;
    cost.segments /= count;
    cost.hits /= count;
    cost.scaled_ns = cost.traced_ns;
  }
  return costs;
}

WorkCosts work_costs(const Path& path) {
  WorkCosts costs{};
  for (const SegmentCost& segment : path.segments) {
    WorkCost& cost = costs[static_cast<std::size_t>(work_of(segment.kind))];
    cost.traced_ns += segment.traced_ns;
    cost.scaled_ns += segment.scaled_ns;
    cost.segments += segment.count;
    cost.hits += segment.hits;
  }
  return costs;
}

TripCounts trip_counts(const std::vector<Chain>& chains) {
  TripCounts counts;
  const std::vector<std::size_t> middle = middle_fifth(chains, complete_ones(chains));
  for (const std::size_t i : middle) {
    for (const Segment& segment : chains[i].segments) {
      const SegmentKind& kind = segment.kind;
      if (kind.to == EventKind::enter) counts.calls[kind.to_other] += 1;
      if (kind.to == EventKind::fault) counts.faults += 1;
      if (kind.to == EventKind::ipi) counts.interrupts += 1;
      if (kind.to == EventKind::switched) counts.switches += 1;
    }
  }
  const auto count = static_cast<double>(std::max<std::size_t>(middle.size(), 1));
  for (auto& [number, calls] : counts.calls) calls /= count;
  counts.faults /= count;
  counts.interrupts /= count;
  counts.switches /= count;
  return counts;
}

double price_of_hit_ns(double traced_ns, double plain_ns, double hits) {
  if (hits <= 0 || plain_ns <= 0) return 0;
  return std::max(traced_ns - plain_ns, 0.0) / hits;
}

void scale_back(Path& path, double price_ns) {
  std::vector<Share> shares;
  for (SegmentCost& segment : path.segments) {
    shares.push_back({segment.traced_ns, static_cast<double>(segment.hits), &segment.scaled_ns});
  }
  take_away(shares, price_ns);
  path.scaled_ns = 0;
  for (const SegmentCost& segment : path.segments) path.scaled_ns += segment.scaled_ns;
}

void scale_back(WorkCosts& costs, double price_ns) {
  std::vector<Share> shares;
  for (WorkCost& cost : costs) shares.push_back({cost.traced_ns, cost.hits, &cost.scaled_ns});
  take_away(shares, price_ns);
}

}  // namespace ipcmark
