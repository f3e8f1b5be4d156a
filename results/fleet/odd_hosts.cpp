#include "results/fleet/odd_hosts.hpp"

#include <algorithm>
#include <array>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

#include "results/figures/statistics.hpp"
#include "results/model/cell_key.hpp"

namespace ipcmark {
namespace {

constexpr double pi = 3.14159265358979;
constexpr double to_deviation = 1.4826;  // of a normal distribution: its MAD to its deviation

// How a host stands in one cell.
struct Deviation {
  std::uint32_t subject = 0;
  double deviation = 0, z = 0;
};
// Of one class and state: by host.
using Deviations = std::map<std::size_t, std::vector<Deviation>>;

// How a cell waits, by its key; empty: in no way that it says.
std::string family_of(const std::string& key) {
  static constexpr std::array<Wait, 4> waits{{Wait::block, Wait::spin, Wait::hybrid, Wait::poll}};
  for (std::string& part : split_at(key, '/')) {
    const bool named = std::any_of(waits.begin(), waits.end(),
                                   [&part](Wait wait) { return part == to_string(wait); });
    if (named) return part;
  }
  return {};
}

// Of one cell in one state, by host: how its value stands to the others'.
void add_deviations(const FleetSubject& subject, std::uint32_t index,
                    const std::map<std::size_t, double>& values, Deviations& host_deviations) {
  if (values.size() < min_peers) return;
  std::vector<double> all;
  all.reserve(values.size());
  for (const auto& [host, value] : values) all.push_back(value);
  const double middle = median(all);
  std::vector<double> deviations;
  deviations.reserve(all.size());
  const double sign = subject.better == Better::higher ? -1 : 1;
  for (const double value : all) deviations.push_back(sign * (value / middle - 1));
  std::vector<double> absolute;
  absolute.reserve(all.size());
  for (const double each : deviations) absolute.push_back(std::abs(each));
  const double spread = to_deviation * std::max(min_mad, median(std::move(absolute)));
  std::size_t next = 0;
  for (const auto& [host, value] : values) {
    const double deviation = deviations[next++];
    host_deviations[host].push_back({index, deviation, deviation / spread});
  }
}

// By class and state of it.
std::map<std::pair<std::size_t, std::int32_t>, Deviations> all_deviations(
    const FleetPoints& fleet) {
  // Cells that have states in a class, where figures from no known one are from several.
  std::set<std::pair<std::size_t, std::uint32_t>> has_states;
  for (const FleetPoint& point : fleet.points) {
    if (point.class_state < 0) continue;
    has_states.insert({fleet.runs[point.run].host_class, point.subject});
  }
  // By class, its state, that of the cell's placement, and the cell.
  std::map<std::tuple<std::size_t, std::int32_t, std::int32_t, std::uint32_t>,
           std::map<std::size_t, std::vector<double>>>
      values;
  for (const FleetPoint& point : fleet.points) {
    const FleetMember& run = fleet.runs[point.run];
    if (fleet.hosts[run.host].name.empty()) continue;
    if (point.class_state < 0 && has_states.contains({run.host_class, point.subject})) continue;
    values[{run.host_class, point.class_state, point.state, point.subject}][run.host].push_back(
        point.median);
  }
  std::map<std::pair<std::size_t, std::int32_t>, Deviations> host_deviations;
  for (auto& [key, by_host] : values) {
    const auto& [host_class, class_state, state, subject] = key;
    std::map<std::size_t, double> medians;
    for (auto& [host, each] : by_host) medians[host] = median(std::move(each));
    add_deviations(fleet.subjects[subject], subject, medians,
                   host_deviations[{host_class, class_state}]);
  }
  return host_deviations;
}

// How probable it is that a host is so far out. A MAD of n values tells a deviation about as well
// as the root of 0.37 n squares does.
double p_of(double z, std::size_t peers) {
  const double freedom = 0.37 * static_cast<double>(peers - 1);
  if (freedom > 100) {
    return boost::math::cdf(boost::math::complement(boost::math::normal(), z));
  }
  return boost::math::cdf(
      boost::math::complement(boost::math::students_t(std::max(1.0, freedom)), z));
}

using Cells = std::vector<const Deviation*>;

double median_of(const Cells& cells, double Deviation::*value) {
  std::vector<double> values;
  values.reserve(cells.size());
  for (const Deviation* each : cells) values.push_back(each->*value);
  return median(std::move(values));
}

// A host in a family, and how its other cells stand.
struct Entry {
  HostScore score;
  double other_z = 0, other_deviation = 0;
};

Entry entry_of(std::size_t host, const Cells& family, const Cells& others) {
  Entry entry;
  HostScore& score = entry.score;
  score.host = host;
  score.cells = family.size();
  score.z = median_of(family, &Deviation::z);
  score.deviation = median_of(family, &Deviation::deviation);
  score.plain = score.deviation;
  const auto worse = std::count_if(family.begin(), family.end(),
                                   [](const Deviation* each) { return each->deviation > 0; });
  score.worse = static_cast<double>(worse) / static_cast<double>(family.size());
  const auto farthest =
      std::max_element(family.begin(), family.end(),
                       [](const Deviation* a, const Deviation* b) { return a->z < b->z; });
  score.farthest = (*farthest)->subject;
  score.farthest_ratio = 1 + (*farthest)->deviation;
  if (others.empty()) return entry;
  entry.other_z = median_of(others, &Deviation::z);
  entry.other_deviation = median_of(others, &Deviation::deviation);
  return entry;
}

// The median of the slopes between values half of them apart in the order of `x`; 0: x is constant.
double theil_slope(const std::vector<double>& x, const std::vector<double>& y) {
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&x](std::size_t a, std::size_t b) { return x[a] < x[b]; });
  const std::size_t half = order.size() / 2;
  std::vector<double> slopes;
  for (std::size_t i = 0; i + half < order.size(); ++i) {
    const double run = x[order[i + half]] - x[order[i]];
    if (run > 1e-12) slopes.push_back((y[order[i + half]] - y[order[i]]) / run);
  }
  return median(std::move(slopes));
}

// Takes off one value of the scores what the other cells predict, by the slope of all hosts.
void take_off(std::vector<Entry>& entries, double HostScore::*value, double Entry::*other) {
  std::vector<double> x;
  std::vector<double> y;
  for (const Entry& each : entries) {
    x.push_back(each.*other);
    y.push_back(each.score.*value);
  }
  const double slope = theil_slope(x, y);
  std::vector<double> rest;
  rest.reserve(entries.size());
  for (const Entry& each : entries) rest.push_back(each.score.*value - slope * each.*other);
  const double middle = median(rest);
  for (std::size_t i = 0; i < entries.size(); ++i) entries[i].score.*value = rest[i] - middle;
}

// Standardizes the scores of one family.
void standardize(std::vector<Entry>& entries, bool all) {
  if (!all) {
    take_off(entries, &HostScore::z, &Entry::other_z);
    take_off(entries, &HostScore::deviation, &Entry::other_deviation);
  }
  std::vector<double> z;
  z.reserve(entries.size());
  for (const Entry& each : entries) z.push_back(each.score.z);
  const double middle = median(z);
  const double mad = median_absolute_deviation(z);
  for (Entry& each : entries) {
    HostScore& score = each.score;
    // Of a median of independent normal values: its deviation.
    const double chance = std::sqrt(pi / 2 / static_cast<double>(score.cells));
    score.peers = entries.size();
    score.z = (score.z - middle) / std::max(chance, to_deviation * mad);
    score.p = p_of(score.z, score.peers);
  }
}

// Which scores of one class are odd: of each host the least probable stands for it.
void judge_class(std::vector<HostScore*>& scores) {
  std::map<std::size_t, std::vector<HostScore*>> by_host;
  for (HostScore* score : scores) by_host[score->host].push_back(score);
  std::vector<double> lowest;  // of each host
  lowest.reserve(by_host.size());
  for (auto& [host, each] : by_host) {
    double p = 1;
    for (HostScore* score : each) {
      score->p = std::min(1.0, score->p * static_cast<double>(each.size()));
      p = std::min(p, score->p);
    }
    lowest.push_back(p);
  }
  std::sort(lowest.begin(), lowest.end());
  double level = -1;  // the largest p that is odd
  for (std::size_t i = 0; i < lowest.size(); ++i) {
    const double share = static_cast<double>(i + 1) / static_cast<double>(lowest.size());
    if (lowest[i] <= odd_share * share) level = lowest[i];
  }
  for (HostScore* score : scores) {
    const double minimum = score->family == all_cells ? min_odd_all : min_odd;
    score->odd = score->p <= level && score->deviation >= minimum && score->plain >= minimum / 2;
  }
}

// Of one host in one state, in each family that it has enough cells of.
std::vector<Entry> entries_of(std::size_t host, const std::vector<Deviation>& cells,
                              const std::vector<std::string>& families) {
  std::map<std::string, Cells> by_family;
  for (const Deviation& each : cells) {
    by_family[all_cells].push_back(&each);
    const std::string& family = families[each.subject];
    if (!family.empty()) by_family[family].push_back(&each);
  }
  std::vector<Entry> entries;
  for (const auto& [family, chosen] : by_family) {
    if (chosen.size() < min_cells) continue;
    Cells others;
    if (family != all_cells) {
      for (const Deviation& each : cells) {
        if (families[each.subject] != family) others.push_back(&each);
      }
      if (others.size() < min_cells) continue;
    }
    entries.push_back(entry_of(host, chosen, others));
    entries.back().score.family = family;
  }
  return entries;
}

// How many runs of a host have points in a state of its class.
std::map<std::pair<std::size_t, std::int32_t>, std::size_t> count_runs(const FleetPoints& fleet) {
  std::set<std::tuple<std::size_t, std::int32_t, std::uint32_t>> seen;
  for (const FleetPoint& point : fleet.points) {
    seen.insert({fleet.runs[point.run].host, point.class_state, point.run});
  }
  std::map<std::pair<std::size_t, std::int32_t>, std::size_t> runs;
  for (const auto& [host, state, run] : seen) ++runs[{host, state}];
  return runs;
}

}  // namespace

std::vector<HostScore> host_scores(const FleetPoints& fleet) {
  std::vector<std::string> families;  // by subject
  families.reserve(fleet.subjects.size());
  for (const FleetSubject& each : fleet.subjects) families.push_back(family_of(each.key));
  const auto runs = count_runs(fleet);
  std::vector<HostScore> all;
  for (const auto& [place, host_deviations] : all_deviations(fleet)) {
    std::map<std::string, std::vector<Entry>> entries;  // by family
    for (const auto& [host, cells] : host_deviations) {
      for (Entry& entry : entries_of(host, cells, families)) {
        entry.score.state = place.second;
        if (place.second >= 0) {
          entry.score.state_ns =
              fleet.class_states.at(place.first).at(static_cast<std::size_t>(place.second));
        }
        entry.score.runs = runs.at({host, place.second});
        entries[entry.score.family].push_back(std::move(entry));
      }
    }
    for (auto& [family, each] : entries) {
      if (each.size() < min_peers) continue;
      standardize(each, family == all_cells);
      for (Entry& entry : each) all.push_back(std::move(entry.score));
    }
  }
  std::map<std::size_t, std::vector<HostScore*>> by_class;
  for (HostScore& score : all) by_class[fleet.hosts[score.host].host_class].push_back(&score);
  for (auto& [host_class, scores] : by_class) judge_class(scores);
  return all;
}

std::vector<HostScore> odd_hosts(const std::vector<HostScore>& scores) {
  std::map<std::size_t, const HostScore*> worst;
  for (const HostScore& score : scores) {
    if (!score.odd) continue;
    const HostScore*& known = worst[score.host];
    if (known == nullptr || score.p < known->p) known = &score;
  }
  std::vector<HostScore> odd;
  odd.reserve(worst.size());
  for (const auto& [host, score] : worst) odd.push_back(*score);
  std::stable_sort(odd.begin(), odd.end(), [](const HostScore& a, const HostScore& b) {
    return a.deviation > b.deviation;
  });
  return odd;
}

std::vector<HostStates> states_of_hosts(const FleetPoints& fleet) {
  std::vector<std::map<std::int32_t, std::size_t>> votes(fleet.runs.size());  // of each run
  std::vector<bool> measured(fleet.runs.size(), false);
  for (const FleetPoint& point : fleet.points) {
    measured[point.run] = true;
    // Cells on one CPU tell nothing of the state of the run.
    if (point.class_state >= 0) ++votes[point.run][point.class_state];
  }
  std::map<std::size_t, HostStates> found;
  for (std::size_t run = 0; run < fleet.runs.size(); ++run) {
    if (!measured[run]) continue;
    HostStates& host = found[fleet.runs[run].host];
    host.host = fleet.runs[run].host;
    if (votes[run].empty()) {
      ++host.unknown;
      continue;
    }
    const auto max =
        std::max_element(votes[run].begin(), votes[run].end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    const auto state = static_cast<std::size_t>(max->first);
    if (host.runs.size() <= state) host.runs.resize(state + 1, 0);
    ++host.runs[state];
  }
  std::vector<HostStates> all;
  all.reserve(found.size());
  for (auto& [host, each] : found) all.push_back(std::move(each));
  return all;
}

}  // namespace ipcmark
