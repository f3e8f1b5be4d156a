#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "scenarios/cell_layout.hpp"
#include "scenarios/machine/canary.hpp"
#include "scenarios/machine/placement.hpp"

namespace ipcmark {
namespace {

using CpuPair = std::pair<int, int>;
constexpr std::size_t max_considered = 4096;

// Pairs in the order in which they were first named.
class CpuPairs {
 public:
  void add(int a, int b) {
    const CpuPair pair{std::min(a, b), std::max(a, b)};
    if (a != b && !full() && seen_.insert(pair).second) pairs_.push_back(pair);
  }
  bool full() const { return pairs_.size() >= max_considered; }
  // Those that bring a CPU that none before has come first.
  std::vector<CpuPair> chosen() const {
    std::set<int> cpus;
    std::vector<CpuPair> first;
    std::vector<CpuPair> rest;
    for (const CpuPair& pair : pairs_) {
      const bool brings = !cpus.contains(pair.first) || !cpus.contains(pair.second);
      cpus.insert({pair.first, pair.second});
      (brings ? first : rest).push_back(pair);
    }
    first.insert(first.end(), rest.begin(), rest.end());
    first.resize(std::min(first.size(), max_canary_pairs));
    return first;
  }

 private:
  std::vector<CpuPair> pairs_;
  std::set<CpuPair> seen_;
};

bool all_connected(const Layout& layout) {
  return !layout.locks.empty() || !layout.notifiers.empty() || layout.shared_bytes > 0 ||
         layout.own_channel;
}

// Those of these workers, in their order, each once: thousands of workers share few CPUs.
std::vector<int> used_cpus(const std::vector<unsigned>& workers, const std::vector<int>& cpus) {
  std::vector<int> used;
  std::set<int> seen;
  for (const unsigned worker : workers) {
    const int cpu = cpus[worker % cpus.size()];
    if (seen.insert(cpu).second) used.push_back(cpu);
  }
  return used;
}

std::vector<unsigned> all_workers(const Layout& layout) {
  std::vector<unsigned> all(layout.roles.size());
  std::iota(all.begin(), all.end(), 0U);
  return all;
}

}  // namespace

CanaryCpus first_two(const std::vector<int>& cpus) {
  if (cpus.empty()) return {};
  CanaryCpus two{cpus.front(), {}};
  const auto other =
      std::find_if(cpus.begin(), cpus.end(), [&](int cpu) { return cpu != cpus.front(); });
  if (other != cpus.end()) {
    two.pairs.emplace_back(std::min(cpus.front(), *other), std::max(cpus.front(), *other));
  }
  return two;
}

CanaryCpus connected_cpus(const Layout& layout, const std::vector<int>& cpus) {
  CanaryCpus watched = first_two(cpus);
  if (watched.pairs.empty()) return watched;
  CpuPairs pairs;
  for (const ChannelUse& channel : layout.channels) {
    for (const int sender : used_cpus(channel.senders, cpus)) {
      for (const int receiver : used_cpus(channel.receivers, cpus)) pairs.add(sender, receiver);
    }
  }
  if (all_connected(layout)) {
    const std::vector<int> used = used_cpus(all_workers(layout), cpus);
    for (std::size_t i = 0; i < used.size() && !pairs.full(); ++i) {
      for (std::size_t j = i + 1; j < used.size(); ++j) pairs.add(used[i], used[j]);
    }
  }
  auto chosen = pairs.chosen();
  if (chosen.empty()) return watched;
  // The two that most cells use come first, wherever they are used.
  std::stable_partition(chosen.begin(), chosen.end(),
                        [&](const CpuPair& pair) { return pair == watched.pairs.front(); });
  watched.pairs = std::move(chosen);
  return watched;
}

CanaryCpus cpus_for_canary(const Program& program, const RunSpec& spec,
                           const std::vector<int>& allowed) {
  const std::vector<int> cpus = cpus_for_canary(spec, allowed);
  const std::optional<Layout> layout = layout_of(program, spec);
  return layout ? connected_cpus(*layout, cpus) : first_two(cpus);
}

}  // namespace ipcmark
